-- Takes no further step. Alarms still guard, and a rollback still happens.

obj.spec.paused = true
return obj
