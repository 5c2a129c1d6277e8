" Run by `test` in a Vim without a screen: both modes, mistakes, a training, and the end.

func Throws(words, expression) abort
  try
    call eval(a:expression)
  catch
    return assert_match(a:words, v:exception)
  endtry
  call assert_report('nothing thrown by ' .. a:expression)
endfunc

func Wait(what, Condition) abort
  for _ in range(12000)
    if a:Condition() | return | endif
    sleep 5m
  endfor
  call assert_report('waited too long for ' .. a:what)
endfunc

func Session(mode) abort
  call elbo#start(a:mode)
  call assert_equal('elbo', elbo#call('engine.info').name)
  call assert_equal({}, elbo#call('engine.ping'))

  call Throws('no model "vae"', 'elbo#call("model.info", {"model": "vae"})')
  call Throws('source.cuont.*count', 'elbo#call("data.load", {"source": {"type": "strokes", "cuont": 3}})')
  call Throws('no such method', 'elbo#call("größer")')

  " A training, which Vim does not wait for.
  call elbo#train(300)
  call Wait('the training', {-> elbo#status() =~# 'after 300$'})
  call assert_match('^ELBO -\d\d\.\d after 300$', elbo#status())
  let bound = elbo#call('evaluate.elbo', {'model': 'editor', 'data': 'editor'})
  call assert_true(-40 < bound.elbo && bound.elbo < -25, string(bound))
  ElboTrain 0
  call Wait('an error', {-> elbo#status() =~# '^updates: expected an integer from 1'})

  " One without end: what is asked meanwhile is answered meanwhile.
  call elbo#train(1000000000)
  call Wait('a report', {-> elbo#status() =~# '/1000000000$'})
  call assert_equal([2, 14, 14], elbo#call('model.sample', #{model: 'editor', count: 2}).output.shape)
  call elbo#call('trainer.stop', #{trainer: 'editor'})
  call Wait('its end', {-> elbo#status() =~# 'after \d\+$'})

  " A step without end, with progress, which is then cancelled.
  let box = #{reports: [], reply: {}}
  call elbo#send('trainer.step', #{trainer: 'editor', updates: 1000000000},
        \ {reply -> extend(box.reply, reply)}, {report -> add(box.reports, report)})
  call Wait('progress', {-> len(box.reports) > 1})
  call elbo#send('$/cancelRequest', #{id: box.reports[0].id}, {reply -> 0})
  call Wait('the cancelling', {-> !empty(box.reply)})
  call assert_equal('cancelled', get(get(box.reply, 'result', {}), 'stopped', string(box.reply)))

  " Replies of megabytes, and many at once.
  let weights = elbo#call('model.parameters', #{model: 'editor'}).parameters['encoder.0.weight']
  call assert_equal(196 * 128, len(weights.values))
  let box = #{count: 0}
  func! Count(reply) closure
    let box.count += has_key(a:reply, 'result')
  endfunc
  let many = a:mode ==# 'nl' ? 10000 : 2000
  for _ in range(many)
    call elbo#send('engine.ping', {}, function('Count'))
  endfor
  call Wait('all replies', {-> box.count == many})

  " A message that is too long is refused unread, and its sender is told.
  let long = repeat('x', 17 * 1024 * 1024)
  call Throws('a message may have 16777216 bytes', 'elbo#call("model.info", {"model": "' .. long .. '"})')
  call assert_equal({}, elbo#call('engine.ping'))

  call elbo#close()
  call assert_false(elbo#running())
endfunc

" From an engine that has not read the id: the longest of those that wait.
func Deaf() abort
  let program = tempname()
  let refusal = '{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"too long"}}'
  call writefile(['#!/bin/sh', 'read a; read b; read c', "echo '" .. refusal .. "'", 'cat >/dev/null'], program)
  call setfperm(program, 'rwx------')
  let g:elbo_program = program
  call elbo#start('nl')
  let said = {}
  for [name, size] in items(#{short: 1, long: 2000, longer: 1000})
    call elbo#send('model.info', #{model: repeat('m', size)}, function({said, name, reply -> extend(said, {name: reply.error.message})}, [said, name]))
  endfor
  call Wait('the refusal', {-> !empty(said)})
  call assert_equal(#{long: 'too long'}, said)
  call elbo#close()
  unlet g:elbo_program
  call delete(program)
endfunc

func Test() abort
  let g:elbo_program = '/no/such'
  call Throws('no elbo at /no/such', 'elbo#call("engine.ping")')
  let g:elbo_program = '/bin/true'
  call Throws('the engine has ended (0)', 'elbo#call("engine.ping")')
  unlet g:elbo_program
  call Deaf()
  call Session('nl')
  if has('patch-8.2.4684')
    call Session('lsp')
  endif
  " Left running, in the middle of a training: Vim's end is to be its end too.
  call elbo#train(1000000000)
endfunc

try
  call Test()
catch
  call assert_report(v:throwpoint .. ': ' .. v:exception)
endtry
if !empty(v:errors)
  call writefile(v:errors, '/dev/stderr')
  cquit
endif
qall!
