// gomerge merges patches into objects as `kubectl patch --local --type strategic` does: with
// StrategicMergePatch and the Go types of client-go.
//
// One request per line on standard input, one answer per line on standard output, in order:
//
//	{"object": {...}, "patch": {...}}  ->  {"json": {...}}  or  {"error": "why it was refused"}
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/client-go/kubernetes/scheme"
)

type request struct {
	Object json.RawMessage `json:"object"`
	Patch  json.RawMessage `json:"patch"`
}

type answer struct {
	JSON  json.RawMessage `json:"json,omitempty"`
	Error string          `json:"error,omitempty"`
}

// merged does what patchCmd's getPatchedJSON does in k8s.io/kubectl, pkg/cmd/patch/patch.go.
func merged(line []byte) (json.RawMessage, error) {
	var asked request
	var kind struct{ APIVersion, Kind string }
	if err := json.Unmarshal(line, &asked); err != nil {
		return nil, fmt.Errorf("bad request: %w", err)
	}
	if err := json.Unmarshal(asked.Object, &kind); err != nil {
		return nil, fmt.Errorf("bad request: %w", err)
	}
	typed, err := scheme.Scheme.New(schema.FromAPIVersionAndKind(kind.APIVersion, kind.Kind))
	if err != nil {
		return nil, err
	}
	return strategicpatch.StrategicMergePatch(asked.Object, asked.Patch, typed)
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<28)
	out := bufio.NewWriter(os.Stdout)
	for in.Scan() {
		found, err := merged(in.Bytes())
		said := answer{JSON: found}
		if err != nil {
			said = answer{Error: err.Error()}
		}
		line, err := json.Marshal(said)
		if err != nil {
			line, _ = json.Marshal(answer{Error: err.Error()})
		}
		out.Write(append(line, '\n'))
		out.Flush()
	}
}
