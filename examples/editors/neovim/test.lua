-- Run by `test` in a Neovim without a screen: every command, its mistakes, and the end.

local elbo = require('elbo')

local said = {}
vim.notify = function(text)
  said[#said + 1] = text
end

local function check(condition, what)
  if not condition then
    error(what .. '\nsaid: ' .. table.concat(said, '\n'), 2)
  end
end

local function wait(what, condition)
  check(vim.wait(60000, condition, 5), 'waited too long for ' .. what)
end

local function expect(words)
  wait('"' .. words .. '"', function()
    return #said > 0
  end)
  check(said[1]:find(words, 1, true), '"' .. words .. '" was not said')
  said = {}
end

local function ask(method, params)
  local answer
  elbo.call(method, params, function(err, result)
    answer = { err = err, result = result }
  end)
  wait(method, function()
    return answer
  end)
  return answer.result, answer.err
end

local function test()
  check(elbo.sparkline({ 1, 2, 3, 8 }, 4) == '▁▂▃█', elbo.sparkline({ 1, 2, 3, 8 }, 4))
  check(elbo.sparkline({ 5, 1, 5, 2 }, 2) == '▁▃', elbo.sparkline({ 5, 1, 5, 2 }, 2))
  check(elbo.sparkline({ 3 }, 4) == '▁' and elbo.sparkline({}, 4) == '', 'few values')
  local drawn = elbo.half_blocks({ shape = { 2, 3, 2 }, values = { 1, 0, 1, 1, 0, 1, 0, 1, 0, 0, 0, 0 } }, 2)
  check(vim.deep_equal(drawn, { '█▄   ▀', ' ▀', '' }), vim.inspect(drawn))

  -- Mistakes, before anything runs.
  vim.g.elbo_program = '/no/such'
  vim.cmd('Elbo train')
  expect('no elbo at /no/such')
  vim.g.elbo_program = '/bin/true'
  vim.cmd('Elbo train')
  expect('the engine has ended (0)')
  said = {}
  -- An engine that has not read the id of what it refuses: the longest of those that wait.
  local program, answers = vim.fn.tempname(), {}
  local refusal = '{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"too long"}}'
  vim.fn.writefile({ '#!/bin/sh', 'read a; read b; read c', "echo '" .. refusal .. "'" }, program)
  vim.fn.setfperm(program, 'rwx------')
  vim.g.elbo_program = program
  for _, size in ipairs({ 1, 2000, 1000 }) do
    elbo.call('model.info', { model = ('m'):rep(size) }, function(err)
      table.insert(answers, size .. ' ' .. err.message)
    end)
  end
  wait('the end of it', function()
    return #answers == 3
  end)
  check(answers[1] == '2000 too long' and answers[2]:find('the engine has ended', 1, true), vim.inspect(answers))
  vim.fn.delete(program)
  vim.g.elbo_program = nil
  vim.cmd('Elbo dance')
  expect('expected train [UPDATES]')
  vim.cmd('Elbo train many')
  expect('expected train [UPDATES]')
  vim.cmd('Elbo stop')
  expect('nothing to stop')
  vim.cmd('Elbo samples')
  expect('no model "editor"')
  vim.cmd('Elbo train 0')
  expect('updates: expected an integer from 1')
  check(#vim.fn.getcompletion('Elbo ', 'cmdline') == 3, 'completion')

  -- A training without end, seen from the status line.
  vim.cmd('set laststatus=2 statusline=%{v:lua.require\'elbo\'.statusline()}')
  vim.cmd('Elbo train 1000000000')
  wait('a sparkline', function()
    return elbo.statusline():match('^[▁▂▃▄▅▆▇█]+ %-%d+%.%d %d+/1000000000$')
      and vim.fn.strchars((elbo.statusline():gsub(' .*', ''))) >= 4
  end)
  local shown = vim.api.nvim_eval_statusline(vim.o.statusline, {}).str
  check(shown:find('█', 1, true), 'the highest ELBO is not in ' .. shown)
  vim.cmd('Elbo train')
  expect('a training runs already')
  -- Samples while it runs.
  vim.cmd('Elbo samples 6')
  local name = 'elbo://samples'
  wait('samples', function()
    return vim.fn.bufexists(name) == 1 and #vim.fn.getbufline(name, 1, '$') > 1
  end)
  local lines = vim.fn.getbufline(name, 1, '$')
  local columns = math.floor(vim.api.nvim_win_get_width(vim.fn.bufwinid(name)) / 16)
  check(#lines == math.ceil(6 / columns) * 8, 'lines: ' .. #lines)
  local text = table.concat(lines)
  check(text:find('[▀▄█]') and not text:find('[^▀▄█ ]'), 'not half-blocks: ' .. text)
  check(ask('model.list').models[1] == 'editor', 'the engine does not go on')
  vim.cmd('Elbo stop')
  local stopped = ask('trainer.info', { trainer = 'editor' })
  check(stopped.state == 'idle' and stopped.update > 0, vim.inspect(stopped))

  -- One that ends by itself, with the last update in the status line, and in the same buffer.
  vim.cmd('Elbo train 300')
  wait('the end', function()
    return elbo.statusline():find(' 300/300', 1, true)
  end)
  local bound = ask('evaluate.elbo', { model = 'editor', data = 'editor' }).elbo
  check(bound > -40 and bound < -25, 'an unlikely ELBO: ' .. bound)

  -- Replies of megabytes, in many pieces.
  local weights = ask('model.parameters', { model = 'editor' }).parameters['encoder.0.weight']
  check(#weights.values == 196 * 128, 'a large reply')
  local count = 0
  for _ = 1, 10000 do
    elbo.call('engine.ping', {}, function(err)
      count = count + (err and 0 or 1)
    end)
  end
  wait('10,000 replies', function()
    return count == 10000
  end)
  -- A line that is too long is refused unread, and its sender is told.
  local _, refused = ask('model.info', { model = ('x'):rep(17 * 1024 * 1024) })
  check(refused.message:find('a message may have 16777216 bytes', 1, true), vim.inspect(refused))
  check(ask('engine.info').name == 'elbo', 'the engine does not go on')
  -- An engine that dies in the middle of a training, and one that takes its place.
  vim.cmd('Elbo train 1000000000')
  wait('a report', function()
    return elbo.statusline():find('/1000000000', 1, true)
  end)
  for _, channel in ipairs(vim.api.nvim_list_chans()) do
    if channel.argv then
      vim.loop.kill(vim.fn.jobpid(channel.id), 'sigkill')
    end
  end
  expect('the engine has ended')
  local _, err = ask('no.such')
  check(err.code == -32601, 'an error of the caller\'s own')
end

local passed, failure = xpcall(test, debug.traceback)
if not passed then
  io.stderr:write('examples/editors/neovim: ' .. failure .. '\n')
  vim.cmd('cquit')
end
vim.cmd('qall!')
