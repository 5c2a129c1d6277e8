;;; elbo.el --- Trains variational autoencoders  -*- lexical-binding: t -*-

;; Package-Requires: ((emacs "28.1"))

;;; Commentary:

;; A client of elbo over `jsonrpc', which comes with Emacs and speaks the framing of language servers.
;;
;;   (elbo-call 'engine.info)
;;   (elbo-call 'evaluate.elbo :model "editor" :data "editor" :samples 5)
;;
;; JSON's objects are plists here and its arrays vectors; `t' and `:json-false' are its true and false.
;; `M-x elbo-train' trains in the background, with a sparkline in the mode line; `M-x elbo-samples' draws samples
;; of the model, also during the training; `M-x elbo-stop' ends it.

;;; Code:

(require 'cl-lib)
(require 'jsonrpc)
(require 'seq)
(require 'subr-x)

(defgroup elbo nil "Variational autoencoders." :group 'external)

(defcustom elbo-program (or (getenv "ELBO") "elbo")
  "The program that trains."
  :type 'string)

(defvar elbo--connection nil "The engine, once it has been started.")
(defvar elbo--process nil "Its process.")
(defvar elbo--values nil "The ELBOs of the training as they were reported, the newest first.")
(defvar elbo--running nil "Whether a training runs.")
(defvar elbo--waiting nil "Whether `elbo-call' waits for its answer.")
(defvar elbo--sent nil "The id of the request that is being written.")
(defvar elbo--early nil "The error that it was answered with meanwhile.")
(defvar elbo-status "" "Where the training stands, for the mode line.")
(put 'elbo-status 'risky-local-variable t)

;;; The engine

(defun elbo-connection ()
  "Return the connection to the engine, which is started if there is none."
  (unless (and elbo--connection (jsonrpc-running-p elbo--connection))
    (unless (executable-find elbo-program)
      (user-error "No elbo at %s; name it in `elbo-program'" elbo-program))
    (setq elbo--connection
          (make-instance
           'jsonrpc-process-connection
           :name "elbo"
           ;; Without a limit the buffer of events would keep every number received.
           :events-buffer-scrollback-size 0
           :notification-dispatcher #'elbo--note
           :on-shutdown #'elbo--gone
           :process
           (lambda ()
             (setq elbo--process
                   (make-process
                    :name "elbo" :command (list elbo-program "serve") :connection-type 'pipe
                    :coding 'utf-8-emacs-unix :noquery t
                    ;; The name that `jsonrpc' expects it to have; it reads what the engine says.
                    :stderr (get-buffer-create "*elbo stderr*")))))))
  elbo--connection)

(defun elbo-call (method &rest params)
  "Call METHOD, a symbol, with PARAMS, a plist, and return its result.
Waits as long as it takes; \\[keyboard-quit] ends the waiting."
  (let ((connection (elbo-connection)))
    (cl-block nil
      (error
       "%s"
       (catch 'elbo--refused
         (cl-return
          (condition-case err
              (unwind-protect
                  (let ((elbo--waiting t))
                    ;; A year: without a number `jsonrpc' takes ten seconds.
                    (jsonrpc-request connection method params :timeout (* 365 24 60 60)))
                (elbo--look-on elbo--process))
            (jsonrpc-error
             (error "%s" (elbo--text (alist-get 'jsonrpc-error-message (cddr err))
                                     (alist-get 'jsonrpc-error-data (cddr err)))))
            ;; The engine exited before the request was written.
            (error (error "%s" (elbo--text (error-message-string err) nil))))))))))

(defun elbo--look-on (process)
  "Have what came from PROCESS behind an answer looked at.
`jsonrpc' leaves its filter where an answer is that of the call that waits,
and would look at the rest when more comes, which may be never."
  (when (process-live-p process) (funcall (process-filter process) process "")))

(defun elbo--refuse (err)
  "Pass ERR, the answer to a message that was not read, to the call that waits."
  (let ((text (elbo--text (plist-get err :message) (plist-get err :data))))
    (if elbo--waiting (throw 'elbo--refused text)
      (message "elbo: %s" text))))

(defun elbo--receive (receive connection message)
  "Take what `jsonrpc' does not know in MESSAGE, which came from CONNECTION.
An error without an id is that; one that comes while its request is still
written has to wait for its end.  RECEIVE takes all else."
  (let ((err (plist-get message :error))
        (id (plist-get message :id)))
    (cond ((or (null err) (not (eq connection elbo--connection))) (funcall receive connection message))
          ((and elbo--sent (member id (list nil elbo--sent))) (setq elbo--early err))
          (id (funcall receive connection message))
          (t (elbo--refuse err)))))

(defun elbo--write (send connection &rest args)
  "Call SEND with CONNECTION and ARGS, which may have been refused meanwhile."
  (let ((elbo--sent (plist-get args :id))
        (elbo--early nil))
    (apply send connection args)
    (when elbo--early (elbo--refuse elbo--early))))

(advice-add 'jsonrpc-connection-receive :around #'elbo--receive)
(advice-add 'jsonrpc-connection-send :around #'elbo--write)

(defun elbo--send (method params done)
  "Call METHOD with the plist PARAMS; DONE is called with its result, later."
  (jsonrpc-async-request
   (elbo-connection) method params
   :timeout nil
   :success-fn done
   :error-fn (cl-function
              (lambda (&key message data &allow-other-keys)
                (message "elbo: %s" (elbo--text message data))))))

(defun elbo--text (message data)
  "MESSAGE with the hint in DATA, or the last words of an engine that has ended."
  (let ((hint (plist-get data :hint)))
    (cond (hint (format "%s (%s)" message hint))
          ((jsonrpc-running-p elbo--connection) message)
          (t (format "the engine has ended\n%s"
                     (with-current-buffer (jsonrpc-stderr-buffer elbo--connection) (buffer-string)))))))

(defun elbo-quit ()
  "End the engine and its training."
  (interactive)
  (setq elbo--running nil)
  (when (and elbo--connection (jsonrpc-running-p elbo--connection))
    (elbo-call 'shutdown)
    (jsonrpc-notify elbo--connection :exit nil)
    (while (jsonrpc-running-p elbo--connection) (accept-process-output nil 0.05)))
  (setq elbo--connection nil))

;;; Training

(defun elbo-train (updates)
  "Train a model of drawn digits in the background: UPDATES weight updates."
  (interactive (list (read-number "Updates: " 10000)))
  (when elbo--running (user-error "A training runs already; M-x elbo-stop ends it"))
  (let ((stack [(:type "dense" :units 128) (:type "tanh") (:type "dense")]))
    (elbo-call 'data.load :name "editor" :replace t :source '(:type "strokes" :count 10000)
               :transforms [(:type "subsample" :factor 2) (:type "binarize")])
    (elbo-call 'model.build :name "editor" :replace t :data "editor" :latent 8
               :encoder stack :decoder stack :likelihood '(:type "bernoulli"))
    (elbo-call 'trainer.create :name "editor" :replace t :model "editor" :data "editor"))
  (setq elbo--values nil)
  (cl-pushnew 'elbo-status global-mode-string)
  ;; Before it begins: a short run may end before its reply is handled.
  (setq elbo--running t)
  (condition-case err
      (elbo-call 'trainer.start :trainer "editor" :updates updates :progress t)
    (error (setq elbo--running nil)
           (signal (car err) (cdr err)))))

(defun elbo-stop ()
  "Stop the training after the update under way."
  (interactive)
  (unless elbo--running (user-error "Nothing to stop"))
  (elbo-call 'trainer.stop :trainer "editor"))

(defun elbo--note (_connection method params)
  "Handle a progress notification of a training.
METHOD is `$/progress'; in the last one PARAMS have a state."
  (when (eq method '$/progress)
    (let ((state (plist-get params :state)))
      (when state (setq elbo--running nil))
      (when (numberp (plist-get params :elbo))
        (elbo--show (plist-get params :elbo) (plist-get params :update)
                    (unless state (plist-get params :updates))))
      (when (equal state "failed")
        (elbo--send 'trainer.info '(:trainer "editor")
                    (lambda (info) (message "elbo: the training has failed: %s" (plist-get info :failure))))))))

(defun elbo--gone (_connection)
  "Report that the engine has exited during a training."
  (when elbo--running
    (setq elbo--running nil)
    (message "elbo: %s" (elbo--text "" nil))))

(defun elbo--show (value update &optional updates)
  "Add VALUE, the ELBO at UPDATE of UPDATES, to the mode line."
  (push value elbo--values)
  (setq elbo-status (format " %s %.1f after %d%s " (elbo-sparkline (reverse elbo--values) 20) value update
                            (if updates (format "/%d" updates) "")))
  (force-mode-line-update t))

;;; Pictures

(defun elbo-sparkline (values width)
  "Draw the list VALUES as at most WIDTH bars, from the lowest to the highest."
  (let* ((values (vconcat values))
         (low (seq-min values))
         (range (max 1e-9 (- (seq-max values) low)))
         (count (min width (length values))))
    (mapconcat
     (lambda (i)
       ;; The last value of each range, so that the newest is always shown.
       (let ((value (aref values (1- (/ (* (1+ i) (length values)) count)))))
         (string (+ ?▁ (round (* 7 (/ (- value low) (float range))))))))
     (number-sequence 0 (1- count)) "")))

(defun elbo-samples (count)
  "Draw COUNT samples of the model as half-blocks."
  (interactive (list (if current-prefix-arg (prefix-numeric-value current-prefix-arg) 16)))
  (let ((output (plist-get (elbo-call 'model.sample :model "editor" :count count :seed (length elbo--values))
                           :output)))
    (with-current-buffer (get-buffer-create "*elbo samples*")
      (erase-buffer)
      (insert (elbo-half-blocks output (max 1 (/ (window-width) (+ 2 (aref (plist-get output :shape) 2))))))
      (goto-char (point-min))
      (display-buffer (current-buffer)))))

(defun elbo-half-blocks (images columns)
  "IMAGES as text, COLUMNS of them side by side, two rows of pixels in each line."
  (pcase-let* ((`[,count ,rows ,width] (plist-get images :shape))
               (values (plist-get images :values)))
    (cl-flet ((lit (image row column)
                (and (< row rows) (> (aref values (+ column (* width (+ row (* rows image))))) 0.5))))
      (with-temp-buffer
        (cl-loop for first from 0 below count by columns do
                 (cl-loop for row from 0 below rows by 2 do
                          (cl-loop for image from first below (min count (+ first columns)) do
                                   (dotimes (column width)
                                     (insert (pcase (list (lit image row column) (lit image (1+ row) column))
                                               ('(t t) ?█) ('(t nil) ?▀) ('(nil t) ?▄) (_ ?\s))))
                                   (insert "  "))
                          (insert "\n"))
                 (insert "\n"))
        (delete-trailing-whitespace (point-min) (point-max))
        (buffer-string)))))

(provide 'elbo)
;;; elbo.el ends here
