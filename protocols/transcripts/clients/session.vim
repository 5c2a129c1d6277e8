" A short training and an evaluation in the framing of language servers, for `record`.
call elbo#start('lsp')
call elbo#train(300)
while elbo#status() !~# 'after 300$' | sleep 5m | endwhile
call elbo#call('evaluate.elbo', #{model: 'editor', data: 'editor', count: 100})
try
  call elbo#call('trainer.step', #{trainer: 'editr'})
catch /no trainer/
endtry
call elbo#close()
qall!
