-- elbo in Neovim: trains in the background, while a sparkline in the status line shows the progress.
--
-- `require('elbo').call(method, params, done)` reaches every other method of the engine.

local M = {}

local job -- the engine's channel, while it runs
local last_id = 0
local waiting = {} -- what to do with the reply to each request, by its id
local sizes = {} -- and the bytes of its line
local words = {} -- the last lines that the engine said on standard error
-- The training: the reported ELBOs, and its state.
local run = { elbos = {}, update = 0, updates = 0, running = false }

local function say(text, level)
  vim.notify('elbo: ' .. text, level or vim.log.levels.INFO)
end

local function complain(err)
  local hint = err.data and err.data.hint
  say(err.message .. (hint and ' (' .. hint .. ')' or ''), vim.log.levels.ERROR)
end

local function redraw()
  vim.cmd('redrawstatus!')
end

-- Ten updates a second or a thousand: the engine sends at most ten of these, and a last one, which has a state.
local function note(progress)
  if progress.trainer ~= 'editor' then
    return
  end
  if type(progress.elbo) == 'number' then
    table.insert(run.elbos, progress.elbo)
    run.update, run.updates = progress.update, progress.updates
  end
  if progress.state then
    run.running = false
  end
  if progress.state == 'failed' then
    M.call('trainer.info', { trainer = 'editor' }, function(err, info)
      complain(err or { message = 'the training has failed: ' .. info.failure })
    end)
  end
  redraw()
end

local function receive(line)
  local message = vim.json.decode(line, { luanil = { object = true } })
  if message.method then
    return note(message.params)
  end
  local id = message.id
  if id == nil and message.error then
    -- The engine refused a line before reading its id: most likely the longest.
    for other in pairs(waiting) do
      if id == nil or sizes[other] > sizes[id] then
        id = other
      end
    end
  end
  local done = waiting[id]
  waiting[id or 0], sizes[id or 0] = nil, nil
  if done then
    done(message.error, message.result)
  end
end

-- A channel delivers pieces: the first continues the previous line, the last begins the next.
local function lines(each)
  local parts = {}
  return function(_, pieces)
    parts[#parts + 1] = pieces[1]
    for i = 2, #pieces do
      local line = table.concat(parts)
      parts = { pieces[i] }
      if line ~= '' then
        each(line)
      end
    end
  end
end

local function start()
  if job then
    return true
  end
  local program = vim.g.elbo_program or vim.env.ELBO or 'elbo'
  if vim.fn.executable(program) == 0 then
    return complain({ message = 'no elbo at ' .. program .. '; name it in g:elbo_program' })
  end
  words = {}
  job = vim.fn.jobstart({ program, 'serve' }, {
    on_stdout = lines(receive),
    -- stderr is always read, so that its pipe never fills.
    on_stderr = lines(function(line)
      table.insert(words, line)
      if #words > 20 then
        table.remove(words, 1)
      end
    end),
    on_exit = function(_, status)
      local err = { message = 'the engine has ended (' .. status .. ') ' .. table.concat(words, '\n') }
      local left, mine = waiting, run
      job, waiting, sizes = nil, {}, {}
      for _, done in pairs(left) do
        done(err)
      end
      -- Unless one of the calls has reported it.
      if mine.running then
        mine.running = false
        complain(err)
      end
    end,
  })
  return true
end

-- Calls a method; `done(error, result)` is called with its reply. Any number of calls can be pending.
function M.call(method, params, done)
  if not start() then
    return
  end
  last_id = last_id + 1
  waiting[last_id] = done or function(err)
    if err then
      complain(err)
    end
  end
  local request = { jsonrpc = '2.0', id = last_id, method = method }
  -- An empty table would be written as an array.
  request.params = next(params or {}) and params or nil
  local line = vim.json.encode(request) .. '\n'
  sizes[last_id] = #line
  -- Fails if the engine has just exited; `on_exit` then ends all pending calls.
  pcall(vim.fn.chansend, job, line)
end

function M.train(updates)
  if run.running then
    return complain({ message = 'a training runs already; `:Elbo stop` ends it' })
  end
  run = { elbos = {}, update = 0, updates = updates, running = true }
  local dense, tanh = { type = 'dense' }, { type = 'tanh' }
  local hidden = { type = 'dense', units = 128 }
  local steps = {
    { 'data.load', {
      name = 'editor', replace = true, source = { type = 'strokes', count = 10000 },
      transforms = { { type = 'subsample', factor = 2 }, { type = 'binarize' } },
    } },
    { 'model.build', {
      name = 'editor', replace = true, data = 'editor', latent = 8,
      encoder = { hidden, tanh, dense }, decoder = { hidden, tanh, dense }, likelihood = { type = 'bernoulli' },
    } },
    { 'trainer.create', { name = 'editor', replace = true, model = 'editor', data = 'editor' } },
    { 'trainer.start', { trainer = 'editor', updates = updates, progress = true } },
  }
  -- Replies come in the order of the requests, so nothing is waited for; the first error is the one to show.
  local failed = false
  for _, step in ipairs(steps) do
    M.call(step[1], step[2], function(err)
      if err and not failed then
        failed, run.running = true, false
        complain(err)
      end
    end)
  end
  run.running = job ~= nil
end

function M.stop()
  if not run.running then
    return say('nothing to stop')
  end
  M.call('trainer.stop', { trainer = 'editor' })
end

-- A statusline item: `set statusline+=%{v:lua.require'elbo'.statusline()}`
function M.statusline()
  if #run.elbos == 0 then
    return run.running and 'elbo …' or ''
  end
  return ('%s %.1f %d/%d'):format(M.sparkline(run.elbos, 20), run.elbos[#run.elbos], run.update, run.updates)
end

-- The values as bars, from the lowest to the highest, squeezed into at most `width` of them.
function M.sparkline(values, width)
  local low, high = math.huge, -math.huge
  for _, value in ipairs(values) do
    low, high = math.min(low, value), math.max(high, value)
  end
  local bars, count = {}, math.min(width, #values)
  for i = 1, count do
    -- The last value of each range, so that the newest is always shown.
    local share = (values[math.floor(i * #values / count)] - low) / math.max(high - low, 1e-9)
    bars[i] = vim.fn.nr2char(0x2581 + math.floor(share * 7 + 0.5))
  end
  return table.concat(bars)
end

-- Images as lines of text, two rows of pixels in each.
function M.half_blocks(images, columns)
  local _, rows, width = unpack(images.shape)
  local result, count = {}, images.shape[1]
  local function lit(image, row, column)
    return row < rows and image < count and images.values[(image * rows + row) * width + column + 1] > 0.5
  end
  for first = 0, count - 1, columns do
    for row = 0, rows - 1, 2 do
      local line = {}
      for image = first, math.min(first + columns, count) - 1 do
        for column = 0, width - 1 do
          local upper, lower = lit(image, row, column), lit(image, row + 1, column)
          line[#line + 1] = upper and (lower and '█' or '▀') or (lower and '▄' or ' ')
        end
        line[#line + 1] = '  '
      end
      result[#result + 1] = (table.concat(line):gsub(' +$', ''))
    end
    result[#result + 1] = ''
  end
  return result
end

local buffer

-- Draws samples into their own buffer, which is reused.
function M.samples(count)
  -- The seed moves with the training, so that asking again shows something new.
  M.call('model.sample', { model = 'editor', count = count, seed = run.update }, function(err, result)
    if err then
      return complain(err)
    end
    if not buffer or not vim.api.nvim_buf_is_valid(buffer) then
      buffer = vim.api.nvim_create_buf(false, true)
      vim.api.nvim_buf_set_name(buffer, 'elbo://samples')
    end
    if vim.fn.bufwinid(buffer) < 0 then
      vim.cmd('sbuffer ' .. buffer)
    end
    local width = vim.api.nvim_win_get_width(vim.fn.bufwinid(buffer))
    local columns = math.max(1, math.floor(width / (result.output.shape[3] + 2)))
    vim.api.nvim_buf_set_lines(buffer, 0, -1, false, M.half_blocks(result.output, columns))
  end)
end

M.commands = {
  samples = function(count)
    M.samples(count or 16)
  end,
  stop = M.stop,
  train = function(updates)
    M.train(updates or 10000)
  end,
}

-- The command `:Elbo`.
function M.run(arguments)
  local command, number = M.commands[arguments[1]], tonumber(arguments[2])
  if not command or #arguments > 2 or (arguments[2] and not number) then
    return complain({ message = 'expected train [UPDATES], samples [COUNT] or stop' })
  end
  command(number)
end

return M
