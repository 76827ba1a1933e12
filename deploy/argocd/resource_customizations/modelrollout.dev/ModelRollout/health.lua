-- Health of a ModelRollout. Argo CD runs this without Lua's string library, over objects that may have no status yet.

local function field(value, key)
  if type(value) == "table" then
    return value[key]
  end
  return nil
end

local metadata = field(obj, "metadata")
local status = field(obj, "status")
local state = field(status, "state")

-- The condition Ready says why, in the operator's own words.
local ready = nil
local conditions = field(status, "conditions")
if type(conditions) == "table" then
  for _, condition in ipairs(conditions) do
    if field(condition, "type") == "Ready" then
      ready = condition
    end
  end
end
local message = field(ready, "message")

local function answer(health, text)
  return { status = health, message = text }
end

if field(metadata, "deletionTimestamp") ~= nil then
  return answer("Progressing", message or "being deleted")
end

if state == nil then
  return answer("Progressing", "no operator has looked at it yet")
end

-- A status that does not speak of the present spec says nothing about it.
local generation = tonumber(field(metadata, "generation")) or 0
local observed = tonumber(field(status, "observedGeneration")) or 0
if observed < generation then
  return answer("Progressing", "generation " .. generation .. " has not been looked at yet")
end

local health = {
  Idle = "Healthy",
  AwaitingApproval = "Suspended",
  Paused = "Suspended",
  RolledBack = "Degraded",
  Blocked = "Degraded",
}

-- The pods are in no tree of Argo CD's: nobody else would say that they are missing.
if state == "Idle" and field(ready, "reason") == "CapacityPending" then
  return answer("Progressing", message)
end

return answer(health[state] or "Progressing", message or tostring(state))
