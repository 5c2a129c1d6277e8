;;; emacs.el --- A short training and samples over jsonrpc.el, for `record'  -*- lexical-binding: t -*-
(require 'elbo)
(elbo-call 'initialize :capabilities nil)
(elbo-train 300)
(while elbo--running (accept-process-output nil 0.01))
(elbo-samples 4)
(elbo-call 'evaluate.elbo :model "editor" :data "editor" :count 100)
(ignore-errors (elbo-call 'trainer.step :trainer "editr"))
(elbo-quit)
;;; emacs.el ends here
