vim.api.nvim_create_user_command('Elbo', function(command)
  require('elbo').run(command.fargs)
end, {
  nargs = '+',
  desc = 'Train a variational autoencoder in the background',
  complete = function(start)
    return vim.tbl_filter(function(name)
      return vim.startswith(name, start)
    end, { 'samples', 'stop', 'train' })
  end,
})
