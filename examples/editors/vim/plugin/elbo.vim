command -nargs=? ElboTrain call elbo#train(empty(<q-args>) ? 10000 : str2nr(<q-args>))
