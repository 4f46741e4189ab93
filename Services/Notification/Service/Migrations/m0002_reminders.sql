-- Reminders that wait to be sent, by what they remind of: nothing is left of them when it is paid.
CREATE INDEX mails_that_remind ON mails (invoice_id)
    WHERE state = 'queued' AND kind IN ('reminder', 'overdue', 'announcement');
