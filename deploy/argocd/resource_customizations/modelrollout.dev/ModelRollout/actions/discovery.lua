-- What a person can do about a ModelRollout now. Values are read from the live object: each names the release it acts on.

local function field(value, key)
  if type(value) == "table" then
    return value[key]
  end
  return nil
end

local metadata = field(obj, "metadata")
local spec = field(obj, "spec")
local status = field(obj, "status")
local annotations = field(metadata, "annotations")
local state = field(status, "state")
local release = field(status, "release")
local canary = field(status, "canary")

-- True when the annotation can still be given this value.
local function open(annotation, value)
  return value ~= nil and field(annotations, "modelrollout.dev/" .. annotation) ~= value
end

local function ended()
  local history = field(status, "history")
  if type(history) == "table" then
    for _, entry in ipairs(history) do
      if field(entry, "release") == release then
        return true
      end
    end
  end
  return false
end

local function supported()
  local conditions = field(status, "conditions")
  if type(conditions) == "table" then
    for _, condition in ipairs(conditions) do
      if field(condition, "type") == "Ready" and field(condition, "reason") == "NotSupported" then
        return false
      end
    end
  end
  return true
end

local function situation()
  if field(metadata, "deletionTimestamp") ~= nil then
    return "deleting"
  elseif state == nil or not supported() then
    return "unknown"
  elseif field(status, "rollback") ~= nil then
    return "rolling back"
  elseif field(status, "rival") ~= nil and canary == nil then
    return "rival"
  elseif field(status, "beginning") ~= nil then
    return "first"
  elseif canary ~= nil then
    return "under way"
  elseif state == "RolledBack" then
    return "failed"
  elseif release ~= nil and state ~= "Idle" and not ended() then
    return "starting"
  elseif field(status, "retained") ~= nil then
    return "retained"
  end
  return "idle"
end

local now = situation()
local awaiting = field(status, "awaiting")
local paused = field(spec, "paused") == true
local running = now == "under way" or now == "starting"
local retriable = nil
if now == "failed" then
  retriable = field(status, "failedRelease")
elseif now == "rival" then
  retriable = release
end

local function action(name, icon, possible)
  return { displayName = name, iconClass = "fa fa-fw " .. icon, disabled = not possible }
end

return {
  approve = action("Approve", "fa-check", now ~= "deleting" and open("approve", awaiting)),
  promote = action("Promote: all traffic now", "fa-fast-forward", running and open("promote", release)),
  abort = action("Abort: take it back", "fa-undo", (running or now == "retained") and open("abort", release)),
  retry = action("Retry", "fa-redo", open("retry", retriable)),
  pause = action("Pause", "fa-pause", not paused),
  resume = action("Resume", "fa-play", paused),
}
