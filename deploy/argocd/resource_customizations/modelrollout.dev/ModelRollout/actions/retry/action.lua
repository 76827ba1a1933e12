-- Releases a failed revision again, or takes a rule over from another ModelRollout.

local function field(value, key)
  if type(value) == "table" then
    return value[key]
  end
  return nil
end

local status = field(obj, "status")
local release = nil
if field(status, "state") == "RolledBack" then
  release = field(status, "failedRelease")
elseif field(status, "rival") ~= nil then
  release = field(status, "release")
end
if release == nil then
  error("there is nothing to retry", 0)
end

if type(obj.metadata.annotations) ~= "table" then
  obj.metadata.annotations = {}
end
obj.metadata.annotations["modelrollout.dev/retry"] = release
return obj
