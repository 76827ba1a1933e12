-- Goes on with the steps.

obj.spec.paused = false
return obj
