;;; test.el --- Run by `test' in an Emacs without a screen  -*- lexical-binding: t -*-

(require 'ert)
(require 'elbo)

(defun test-wait (condition)
  "Wait until CONDITION answers something."
  (with-timeout (60 (ert-fail (list "waited too long" condition elbo-status)))
    (while (not (funcall condition)) (accept-process-output nil 0.01))))

(defun test-refusal (&rest call)
  "What is said where CALL is refused."
  (cadr (should-error (apply #'elbo-call call))))

(ert-deftest elbo-pictures ()
  (should (equal (elbo-sparkline '(1 2 3 8) 4) "▁▂▃█"))
  (should (equal (elbo-sparkline '(5 1 5 2) 2) "▁▃"))
  (should (equal (elbo-sparkline '(3) 4) "▁"))
  (should (equal (elbo-half-blocks '(:shape [2 3 2] :values [1 0 1 1 0 1 0 1 0 0 0 0]) 2) "█▄   ▀\n ▀\n\n")))

(ert-deftest elbo-mistakes ()
  (let ((elbo-program "/no/such")) (should (string-match "No elbo at /no/such" (test-refusal 'engine.ping))))
  (let ((elbo-program "/bin/false")) (should (string-match "the engine has ended" (test-refusal 'engine.ping))))
  (should (string-match "no model \"vae\"" (test-refusal 'model.info :model "vae")))
  (should (string-match "source.cuont.*count" (test-refusal 'data.load :source '(:type "strokes" :cuont 3))))
  (should (string-match "no such method: \"größer\"" (test-refusal 'größer)))
  (should (string-match "updates: expected an integer from 1" (cadr (should-error (elbo-train 0)))))
  (should-error (elbo-stop) :type 'user-error)
  (should (equal (plist-get (elbo-call 'engine.info) :name) "elbo"))
  (should (equal (plist-get (plist-get (elbo-call 'initialize :capabilities nil) :serverInfo) :name) "elbo")))

(ert-deftest elbo-training ()
  (elbo-train 1000000000)
  (test-wait (lambda () (> (length elbo--values) 3)))
  (should (string-match "^ [▁▂▃▄▅▆▇█]\\{4,\\} -[0-9.]+ after [0-9]+/1000000000 $" elbo-status))
  (should (string-match "█" elbo-status))
  (should (memq 'elbo-status global-mode-string))
  (should-error (elbo-train 10) :type 'user-error)
  (elbo-samples 6)
  (with-current-buffer "*elbo samples*"
    (should (string-match "[▀▄█]" (buffer-string)))
    (should-not (string-match "[^▀▄█ \n]" (buffer-string)))
    (should (= 0 (% (count-lines (point-min) (point-max)) 8))))
  (elbo-stop)
  (should (equal (plist-get (elbo-call 'trainer.info :trainer "editor") :state) "idle"))
  ;; One that ends by itself.
  (elbo-train 300)
  (test-wait (lambda () (string-match "after 300 $" elbo-status)))
  (should-not elbo--running)
  (should (< -40 (plist-get (elbo-call 'evaluate.elbo :model "editor" :data "editor") :elbo) -25)))

(ert-deftest elbo-sizes ()
  (elbo-train 1)
  (test-wait (lambda () (not elbo--running)))
  (let ((weights (plist-get (elbo-call 'model.parameters :model "editor") :parameters)))
    (should (= (* 196 128) (length (plist-get (plist-get weights :encoder.0.weight) :values)))))
  (let ((left 2000))
    (dotimes (_ 2000) (elbo--send 'engine.ping nil (lambda (_) (cl-decf left))))
    (test-wait (lambda () (= left 0)))))

(ert-deftest elbo-sizes-refused ()
  "Whoever sent what is too long is told: by the id or, without one, as the one that waits."
  (should (string-match "a message may have 16777216 bytes"
                        (test-refusal 'model.info :model (make-string (* 17 1024 1024) ?x))))
  (should (equal (plist-get (elbo-call 'engine.info) :name) "elbo"))
  (elbo-quit)
  (let ((program (make-temp-file "elbo-deaf"))
        (refusal "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,\"message\":\"too long\"}}"))
    (unwind-protect
        (progn
          (with-temp-file program
            (insert (format "#!/bin/sh\nread a\nprintf 'Content-Length: %d\\r\\n\\r\\n%%s' '%s'\nexec cat >/dev/null\n"
                            (length refusal) refusal)))
          (set-file-modes program #o700)
          (let ((elbo-program program))
            (should (equal (test-refusal 'model.info :model "m") "too long")))
          (delete-process (jsonrpc--process elbo--connection))
          (test-wait (lambda () (not (jsonrpc-running-p elbo--connection)))))
      (delete-file program))))

(ert-deftest elbo-training-death ()
  (elbo-train 1000000000)
  (should elbo--running)
  (kill-process (jsonrpc--process (elbo-connection)))
  (test-wait (lambda () (not elbo--running))))

(ert-deftest elbo-training-end ()
  (let ((process (jsonrpc--process (elbo-connection))))
    (elbo-train 1000000000)
    (elbo-quit)
    (should (eq (process-status process) 'exit))
    (should (= (process-exit-status process) 0)))
  ;; Begins anew by itself, and is left in the middle of a training: the end of Emacs is to be its end too.
  (elbo-train 1000000000))
