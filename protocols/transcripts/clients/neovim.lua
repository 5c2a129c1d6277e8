-- A short training and samples, as a person would type them, for `record`.
local elbo = require('elbo')
local name = 'elbo://samples'

local function wait(condition)
  if not vim.wait(30000, condition, 5) then
    vim.cmd('cquit')
  end
end

vim.cmd('Elbo train 300')
wait(function()
  return elbo.statusline():find(' 300/300', 1, true)
end)
vim.cmd('Elbo samples 4')
wait(function()
  return vim.fn.bufexists(name) == 1 and #vim.fn.getbufline(name, 1, '$') > 1
end)
-- A mistake, and an answer after it.
vim.notify = function() end
local answer
elbo.call('trainer.step', { trainer = 'editr', updates = 1 })
elbo.call('evaluate.elbo', { model = 'editor', data = 'editor', count = 100 }, function(_, result)
  answer = result
end)
wait(function()
  return answer
end)
vim.cmd('qall!')
