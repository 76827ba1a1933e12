-- Takes the release back, or, while the version before is retained, the one that was just promoted.

local function field(value, key)
  if type(value) == "table" then
    return value[key]
  end
  return nil
end

local status = field(obj, "status")
local release = field(status, "release")
local state = field(status, "state")
local running = field(status, "canary") ~= nil or state == "Starting" or state == "Blocked" or state == "Paused"
if release == nil or not (running or field(status, "retained") ~= nil) or field(status, "rollback") ~= nil then
  error("there is nothing to abort", 0)
end

if type(obj.metadata.annotations) ~= "table" then
  obj.metadata.annotations = {}
end
obj.metadata.annotations["modelrollout.dev/abort"] = release
return obj
