-- Lets a release go on that waits for a person: the annotation gets the very value that status.awaiting has.

local function field(value, key)
  if type(value) == "table" then
    return value[key]
  end
  return nil
end

local status = field(obj, "status")
local awaiting = field(status, "awaiting")
if awaiting == nil then
  error("nothing waits for an approval", 0)
end

if type(obj.metadata.annotations) ~= "table" then
  obj.metadata.annotations = {}
end
obj.metadata.annotations["modelrollout.dev/approve"] = awaiting
return obj
