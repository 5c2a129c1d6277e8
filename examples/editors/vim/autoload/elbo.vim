" elbo in Vim: a job, and a channel to it.
"
"   :echo elbo#call('engine.info').version
"   :ElboTrain 10000
"   :set laststatus=2 statusline+=%=%{elbo#status()}
"
" The channel speaks lines of JSON ('nl'). Since patch 8.2.4684 Vim also has the framing of language servers ('lsp'), in which
" messages come decoded; the engine takes either, and knows by the first byte which it is.

let s:mode = has('patch-8.2.4684') ? 'lsp' : 'nl'
let s:id = 0
let s:waiting = {}  " what to call with the reply to each request
let s:sizes = {}    " and the bytes of its line
let s:reports = {}  " and what with the progress of each
let s:words = []    " the last lines that the engine said on standard error

" Starts the engine, unless it runs already. The mode can be chosen, which only tests need.
func elbo#start(mode = s:mode) abort
  if elbo#running()
    return
  endif
  let program = get(g:, 'elbo_program', empty($ELBO) ? 'elbo' : $ELBO)
  if !executable(program)
    throw 'elbo: no elbo at ' .. program .. '; name it in g:elbo_program'
  endif
  let [s:mode, s:waiting, s:sizes, s:reports, s:words] = [a:mode, {}, {}, {}, []]
  let s:job = job_start([program, 'serve'], #{
        \ in_mode: a:mode, out_mode: a:mode, err_mode: 'nl', noblock: v:true,
        \ out_cb: function('s:receive'), err_cb: function('s:hear'), exit_cb: function('s:end')})
endfunc

func elbo#running() abort
  return exists('s:job') && job_status(s:job) ==# 'run'
endfunc

" stderr is always read, so that its pipe never fills.
func s:hear(channel, line) abort
  let s:words = (s:words + [a:line])[-20:]
endfunc

func s:receive(channel, message) abort
  let message = s:mode ==# 'nl' ? json_decode(a:message) : a:message
  if has_key(message, 'method')
    if has_key(s:reports, message.params.id)
      call s:reports[message.params.id](message.params)
    endif
    if has_key(message.params, 'state') && has_key(s:reports, message.params.id)
      call remove(s:reports, message.params.id)
    endif
    return
  endif
  let id = get(message, 'id', v:null) is v:null && has_key(message, 'error') ? s:refused() : message.id
  if has_key(s:waiting, id)
    call remove(s:sizes, id)
    call remove(s:waiting, id)(message)
  endif
endfunc

" The call that an error without an id belongs to: the engine refused a message before reading its id, most likely the longest.
func s:refused() abort
  let ids = sort(keys(s:waiting), {a, b -> s:sizes[b] - s:sizes[a]})
  return get(ids, 0, '')
endfunc

func s:end(job, status) abort
  let [left, s:waiting] = [s:waiting, {}]
  for Done in values(left)
    call Done(#{error: #{message: s:last_words()}})
  endfor
endfunc

func s:last_words() abort
  return 'the engine has ended (' .. job_info(s:job).exitval .. ') ' .. join(s:words, "\n")
endfunc

" Calls a method and does not wait. `Done` gets the whole reply, with its `result` or its `error`, and `Report` the progress.
func elbo#send(method, params, Done, Report = v:none) abort
  call elbo#start()
  let channel = job_getchannel(s:job)
  let params = a:Report is v:none ? a:params : extend({'progress': v:true}, a:params)
  let s:id += 1
  let [s:waiting[s:id], request] = [a:Done, #{jsonrpc: '2.0', id: s:id, method: a:method, params: params}]
  if a:Report isnot v:none
    let s:reports[s:id] = a:Report
  endif
  let line = json_encode(request)
  let s:sizes[s:id] = strlen(line)
  try
    if s:mode ==# 'lsp'
      " Without a callback of its own, which Vim would drop if the engine exits before it answers.
      call ch_sendexpr(channel, request)
    else
      call ch_sendraw(channel, line .. "\n")
    endif
  catch /E63[01]:\|E906:/
    " The engine has just exited; s:end then ends all pending calls.
  endtry
endfunc

func s:text(error) abort
  let hint = get(get(a:error, 'data', {}), 'hint', '')
  return a:error.message .. (empty(hint) ? '' : ' (' .. hint .. ')')
endfunc

" Calls a method and waits for its result; an error is thrown. CTRL-C ends the waiting.
func elbo#call(method, params = {}, Report = v:none) abort
  let box = {}
  call elbo#send(a:method, a:params, {reply -> extend(box, reply)}, a:Report)
  while empty(box)
    " Callbacks run while Vim sleeps.
    sleep 5m
  endwhile
  if has_key(box, 'error')
    throw 'elbo: ' .. s:text(box.error)
  endif
  return box.result
endfunc

" Lets the engine finish all requests and exit.
func elbo#close() abort
  if elbo#running()
    call ch_close_in(job_getchannel(s:job))
    while elbo#running()
      sleep 5m
    endwhile
  endif
endfunc

let s:status = ''

" The state of the training, for the status line.
func elbo#status() abort
  return s:status
endfunc

func s:show(status) abort
  let s:status = a:status
  redrawstatus!
endfunc

" Trains a model of drawn digits while you keep editing.
func elbo#train(updates) abort
  call s:show('')
  let stack = [#{type: 'dense', units: 128}, #{type: 'tanh'}, #{type: 'dense'}]
  let steps = [
        \ ['data.load', #{name: 'editor', replace: v:true, source: #{type: 'strokes', count: 10000},
        \   transforms: [#{type: 'subsample', factor: 2}, #{type: 'binarize'}]}],
        \ ['model.build', #{name: 'editor', replace: v:true, data: 'editor', latent: 8,
        \   encoder: stack, decoder: stack, likelihood: #{type: 'bernoulli'}}],
        \ ['trainer.create', #{name: 'editor', replace: v:true, model: 'editor', data: 'editor'}]]
  for [method, params] in steps
    call elbo#call(method, params)
  endfor
  " In the background, so that other requests are answered meanwhile.
  call elbo#send('trainer.start', #{trainer: 'editor', updates: a:updates},
        \ {reply -> has_key(reply, 'error') ? s:show(s:text(reply.error)) : 0}, function('s:note'))
endfunc

" Progress of a training; the last of it has a state.
func s:note(progress) abort
  if get(a:progress, 'state', '') ==# 'failed'
    call elbo#send('trainer.info', #{trainer: 'editor'},
          \ {reply -> s:show(get(get(reply, 'result', {}), 'failure', 'failed'))})
  elseif type(get(a:progress, 'elbo', '')) != v:t_string
    call s:show(printf('ELBO %.1f after %d', a:progress.elbo, a:progress.update)
          \ .. (has_key(a:progress, 'state') ? '' : '/' .. a:progress.updates))
  endif
endfunc
