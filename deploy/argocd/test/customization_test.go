package customization

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

const folder = "../resource_customizations/modelrollout.dev/ModelRollout"

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func decode[T any](t *testing.T, path string) T {
	t.Helper()
	var value T
	if err := yaml.Unmarshal(read(t, path), &value); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return value
}

func script(t *testing.T, path string) string {
	return string(read(t, filepath.Join(folder, path)))
}

type healthTests struct {
	Tests []struct {
		InputPath    string `json:"inputPath"`
		HealthStatus health `json:"healthStatus"`
	} `json:"tests"`
}

func TestHealth(t *testing.T) {
	tests := decode[healthTests](t, filepath.Join(folder, "health_test.yaml")).Tests
	if len(tests) < 20 {
		t.Fatalf("only %d tests", len(tests))
	}
	for _, test := range tests {
		t.Run(test.InputPath, func(t *testing.T) {
			got, err := runHealth(script(t, "health.lua"), decode[object](t, filepath.Join(folder, test.InputPath)))
			if err != nil {
				t.Fatal(err)
			}
			if got != test.HealthStatus {
				t.Errorf("got %+v, want %+v", got, test.HealthStatus)
			}
		})
	}
}

type actionTests struct {
	DiscoveryTests []struct {
		InputPath string           `json:"inputPath"`
		Result    []resourceAction `json:"result"`
	} `json:"discoveryTests"`
	ActionTests []struct {
		Action               string `json:"action"`
		InputPath            string `json:"inputPath"`
		ExpectedOutputPath   string `json:"expectedOutputPath"`
		ExpectedErrorMessage string `json:"expectedErrorMessage"`
	} `json:"actionTests"`
}

func TestDiscovery(t *testing.T) {
	tests := decode[actionTests](t, filepath.Join(folder, "actions/action_test.yaml")).DiscoveryTests
	if len(tests) < 20 {
		t.Fatalf("only %d tests", len(tests))
	}
	for _, test := range tests {
		t.Run(test.InputPath, func(t *testing.T) {
			input := decode[object](t, filepath.Join(folder, "actions", test.InputPath))
			got, err := runDiscovery(script(t, "actions/discovery.lua"), input)
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]resourceAction{}
			for _, action := range test.Result {
				want[action.Name] = action
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

func TestActions(t *testing.T) {
	tests := decode[actionTests](t, filepath.Join(folder, "actions/action_test.yaml")).ActionTests
	seen := map[string]int{}
	for _, test := range tests {
		seen[test.Action]++
		t.Run(test.Action+"/"+test.InputPath, func(t *testing.T) {
			input := decode[object](t, filepath.Join(folder, "actions", test.InputPath))
			got, err := runAction(script(t, "actions/"+test.Action+"/action.lua"), input)
			if test.ExpectedErrorMessage != "" {
				if err == nil || err.Error() != test.ExpectedErrorMessage {
					t.Errorf("got %v, want %q", err, test.ExpectedErrorMessage)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			want := decode[object](t, filepath.Join(folder, "actions", test.ExpectedOutputPath))
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
	for _, action := range []string{"approve", "promote", "abort", "retry", "pause", "resume"} {
		if seen[action] == 0 {
			t.Errorf("no test of %s", action)
		}
	}
}

// Objects that nobody should ever see: no script may stumble over one, whatever it then says.
func TestNothingStumbles(t *testing.T) {
	odd := []any{nil, "text", 7.0, true, object{}, []any{}, []any{"text", nil, object{}}, []any{object{"type": "Ready"}}}
	fields := []string{"state", "release", "conditions", "awaiting", "history", "canary", "retained", "rollback",
		"rival", "beginning", "failedRelease", "observedGeneration"}
	base := decode[object](t, filepath.Join(folder, "testdata/holding.yaml"))
	inputs := []object{{"metadata": object{}, "spec": object{}}}
	for _, value := range odd {
		inputs = append(inputs, with(base, "status", value), with(base, "status", object{"state": value}))
		status := base["status"].(object)
		for _, field := range fields {
			inputs = append(inputs, with(base, "status", with(status, field, value)))
		}
		for _, field := range []string{"annotations", "generation", "deletionTimestamp"} {
			inputs = append(inputs, with(base, "metadata", with(base["metadata"].(object), field, value)))
		}
	}
	for _, input := range inputs {
		if _, err := runHealth(script(t, "health.lua"), input); err != nil {
			t.Errorf("health of %v: %v", input, err)
		}
		actions, err := runDiscovery(script(t, "actions/discovery.lua"), input)
		if err != nil {
			t.Errorf("discovery of %v: %v", input, err)
		}
		for name := range actions {
			_, err := runAction(script(t, "actions/"+name+"/action.lua"), input)
			if err != nil && strings.Contains(err.Error(), "attempt to") {
				t.Errorf("%s of %v: %v", name, input, err)
			}
		}
	}
}

func with(base object, key string, value any) object {
	changed := object{}
	for name, field := range base {
		changed[name] = field
	}
	changed[key] = value
	return changed
}

// Statuses of real runs: MODELROLLOUT_STATUSES names a folder with a ModelRollout per file.
func TestStatusesOfRealRuns(t *testing.T) {
	statuses := os.Getenv("MODELROLLOUT_STATUSES")
	if statuses == "" {
		statuses = filepath.Join(folder, "testdata")
	}
	files, err := filepath.Glob(filepath.Join(statuses, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no statuses in %s: %v", statuses, err)
	}
	want := map[string]string{"Idle": "Healthy", "AwaitingApproval": "Suspended", "Paused": "Suspended",
		"RolledBack": "Degraded", "Blocked": "Degraded"}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			input := decode[object](t, file)
			got, err := runHealth(script(t, "health.lua"), input)
			if err != nil {
				t.Fatal(err)
			}
			if got.Message == "" {
				t.Error("no message")
			}
			status, _ := input["status"].(object)
			state, _ := status["state"].(string)
			metadata, _ := input["metadata"].(object)
			_, deleting := metadata["deletionTimestamp"]
			stale := status["observedGeneration"] != metadata["generation"]
			expected := want[state]
			if expected == "" || stale || deleting {
				expected = "Progressing"
			}
			// Missing pods are the one thing that Idle does not tell.
			if got.Status != expected && !(state == "Idle" && got.Status == "Progressing") {
				t.Errorf("%s is %s, want %s", state, got.Status, expected)
			}
			if _, err := runDiscovery(script(t, "actions/discovery.lua"), input); err != nil {
				t.Error(err)
			}
		})
	}
}

// What people put into argocd-cm are these very scripts.
func TestConfigMap(t *testing.T) {
	type configMap struct {
		Data map[string]string `json:"data"`
	}
	data := decode[configMap](t, "../argocd-cm.yaml").Data
	if got := data["resource.customizations.health.modelrollout.dev_ModelRollout"]; got != script(t, "health.lua") {
		t.Error("health.lua differs")
	}
	var actions struct {
		Discovery   string `json:"discovery.lua"`
		Definitions []struct {
			Name   string `json:"name"`
			Script string `json:"action.lua"`
		} `json:"definitions"`
	}
	text := data["resource.customizations.actions.modelrollout.dev_ModelRollout"]
	if err := yaml.Unmarshal([]byte(text), &actions); err != nil {
		t.Fatal(err)
	}
	if actions.Discovery != script(t, "actions/discovery.lua") {
		t.Error("discovery.lua differs")
	}
	if len(actions.Definitions) != 6 {
		t.Errorf("%d definitions", len(actions.Definitions))
	}
	for _, definition := range actions.Definitions {
		if definition.Script != script(t, "actions/"+definition.Name+"/action.lua") {
			t.Errorf("%s/action.lua differs", definition.Name)
		}
	}
}
