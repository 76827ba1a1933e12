// Package customization runs the scripts of a resource customization of Argo CD as Argo CD runs them
// (util/lua of github.com/argoproj/argo-cd): the same Lua, the same libraries, the same way in and out.
package customization

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	lua "github.com/yuin/gopher-lua"
	luajson "layeh.com/gopher-json"
)

// object is a Kubernetes object as JSON.
type object = map[string]any

type health struct {
	Status  string `json:"status,omitempty"`
	Message string `json:"message,omitempty"`
}

type resourceAction struct {
	Name        string `json:"name"`
	Disabled    bool   `json:"disabled,omitempty"`
	IconClass   string `json:"iconClass,omitempty"`
	DisplayName string `json:"displayName,omitempty"`
}

var healthStates = map[string]bool{
	"Healthy": true, "Progressing": true, "Suspended": true, "Degraded": true, "Missing": true, "Unknown": true,
}

// run gives what the script returns, as JSON. A customization from argocd-cm has no libraries but these: no string,
// no math, no io. It has a second.
func run(script string, obj object) (lua.LValueType, []byte, error) {
	l := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer l.Close()
	for name, open := range map[string]lua.LGFunction{
		lua.LoadLibName: lua.OpenPackage,
		lua.BaseLibName: lua.OpenBase,
		lua.TabLibName:  lua.OpenTable,
	} {
		call := lua.P{Fn: l.NewFunction(open), NRet: 0, Protect: true}
		if err := l.CallByParam(call, lua.LString(name)); err != nil {
			return lua.LTNil, nil, err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	l.SetContext(ctx)
	l.SetGlobal("obj", luajson.DecodeValue(l, map[string]any(obj)))
	if err := l.DoString(script); err != nil {
		// Argo CD shows people the message without the stack.
		var apiError *lua.ApiError
		if errors.As(err, &apiError) && apiError.Type == lua.ApiErrorRun {
			apiError.StackTrace = ""
		}
		return lua.LTNil, nil, err
	}
	value := l.Get(-1)
	text, err := luajson.Encode(value)
	return value.Type(), text, err
}

func runHealth(script string, obj object) (health, error) {
	kind, text, err := run(script, obj)
	if err != nil {
		return health{}, err
	}
	if kind != lua.LTTable {
		return health{}, fmt.Errorf("expect table output from Lua script, not %s", kind)
	}
	var answer health
	if err := json.Unmarshal(text, &answer); err != nil {
		return health{}, err
	}
	if !healthStates[answer.Status] {
		return health{}, fmt.Errorf("Lua returned an invalid health status: %q", answer.Status)
	}
	return answer, nil
}

func runDiscovery(script string, obj object) (map[string]resourceAction, error) {
	kind, text, err := run(script, obj)
	if err != nil {
		return nil, err
	}
	if kind != lua.LTTable {
		return nil, fmt.Errorf("expect table output from Lua script, not %s", kind)
	}
	actions := map[string]resourceAction{}
	if string(text) == "[]" {
		return actions, nil
	}
	if err := json.Unmarshal(text, &actions); err != nil {
		return nil, err
	}
	for name, action := range actions {
		action.Name = name
		actions[name] = action
	}
	return actions, nil
}

// runAction gives the object that Argo CD makes a patch of. A list of impacted resources is more than any action of
// ours returns.
func runAction(script string, obj object) (object, error) {
	kind, text, err := run(script, obj)
	if err != nil {
		return nil, err
	}
	if kind != lua.LTTable {
		return nil, fmt.Errorf("expect table output from Lua script, not %s", kind)
	}
	var changed object
	if err := json.Unmarshal(text, &changed); err != nil {
		return nil, err
	}
	return cleaned(changed, obj), nil
}

// cleaned undoes what Lua does to empty objects: it knows lists and objects as one, and they come out as lists.
func cleaned(changed, before object) object {
	for key, old := range before {
		value, there := changed[key]
		if !there {
			continue
		}
		changed[key] = cleanedValue(value, old)
	}
	return changed
}

func cleanedValue(value, old any) any {
	switch value := value.(type) {
	case object:
		if old, ok := old.(object); ok {
			return cleaned(value, old)
		}
	case []any:
		if _, ok := old.(object); ok && len(value) == 0 {
			return object{}
		}
		if old, ok := old.([]any); ok {
			for i := range min(len(value), len(old)) {
				// Argo CD looks into objects and lists here, and leaves an empty object that became a list.
				if list, isList := value[i].([]any); isList && len(list) == 0 {
					continue
				}
				value[i] = cleanedValue(value[i], old[i])
			}
		}
	}
	return value
}
