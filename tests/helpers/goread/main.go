// goread reads YAML the way the programs behind a Helm post-renderer do, and says what it read.
//
// One request per line on standard input, one answer per line on standard output, in order:
//
//	{"mode": "v2", "text": "a: 1"}  ->  {"json": {"a": 1}}  or  {"error": "why it was refused"}
//
// Modes:
//
//	v2      one document through sigs.k8s.io/yaml: what Helm 3, kubectl and Argo CD read
//	stream  a whole stream as Helm 3 and kubectl split it, a list of its documents
//	v3      one document through yaml.v3: what kustomize and kyaml read
//	h4      a whole stream through Helm 4's parse, print and parse again, a list of its documents
//	h4text  the text that Helm 4 hands to a post-renderer for a chart with this template
//
// Numbers are passed on as the digits Go wrote, never through a float of this program.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"time"
	"unicode"

	yaml3 "go.yaml.in/yaml/v3"
	apiyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/kustomize/kyaml/kio"
	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"
	"sigs.k8s.io/yaml"
)

type request struct {
	Mode string `json:"mode"`
	Text string `json:"text"`
}

type answer struct {
	JSON  json.RawMessage `json:"json,omitempty"`
	Error string          `json:"error,omitempty"`
}

var modes = map[string]func(string) (json.RawMessage, error){
	"v2":     readV2,
	"stream": readStream,
	"v3":     readV3,
	"h4":     readH4,
	"h4text": textOfH4,
}

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	printer := json.NewEncoder(out)
	printer.SetEscapeHTML(false)
	for {
		line, err := in.ReadBytes('\n')
		if len(line) > 0 {
			check(printer.Encode(reply(line)))
		}
		if err == io.EOF {
			check(out.Flush())
			return
		}
		check(err)
		if in.Buffered() == 0 {
			check(out.Flush())
		}
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "goread:", err)
		os.Exit(1)
	}
}

// reply answers one request; a panic of a YAML library is a refusal like any other.
func reply(line []byte) (a answer) {
	defer func() {
		if p := recover(); p != nil {
			a = answer{Error: fmt.Sprintf("panic: %v", p)}
		}
	}()
	var r request
	if err := json.Unmarshal(line, &r); err != nil {
		return answer{Error: "bad request: " + err.Error()}
	}
	read, ok := modes[r.Mode]
	if !ok {
		return answer{Error: fmt.Sprintf("bad request: no mode %q", r.Mode)}
	}
	data, err := read(r.Text)
	if err != nil {
		return answer{Error: "refused: " + err.Error()}
	}
	return answer{JSON: data}
}

func readV2(text string) (json.RawMessage, error) {
	return yaml.YAMLToJSON([]byte(text))
}

// readStream splits as apimachinery's YAMLReader does and drops documents that hold nothing, as
// Helm's and kubectl's resource builder does.
func readStream(text string) (json.RawMessage, error) {
	documents := []json.RawMessage{}
	reader := apiyaml.NewYAMLReader(bufio.NewReader(strings.NewReader(text)))
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return json.Marshal(documents)
		}
		if err != nil {
			return nil, err
		}
		data, err := readV2(string(document))
		if err != nil {
			return nil, err
		}
		if !bytes.Equal(data, []byte("null")) {
			documents = append(documents, data)
		}
	}
}

func readV3(text string) (json.RawMessage, error) {
	var data any
	if err := yaml3.Unmarshal([]byte(text), &data); err != nil {
		return nil, err
	}
	data, err := jsonable(data)
	if err != nil {
		return nil, err
	}
	return json.Marshal(data)
}

// jsonable makes yaml.v3's reading fit for JSON. A timestamp becomes a mapping, so that it can not
// be taken for the text that it was written as.
func jsonable(data any) (any, error) {
	var err error
	switch data := data.(type) {
	case map[string]any:
		for key, value := range data {
			if data[key], err = jsonable(value); err != nil {
				return nil, err
			}
		}
	case map[any]any:
		texts := make(map[string]any, len(data))
		for key, value := range data {
			if key == nil {
				return nil, errors.New("a key is null")
			}
			if texts[fmt.Sprint(key)], err = jsonable(value); err != nil {
				return nil, err
			}
		}
		return texts, nil
	case []any:
		for i, value := range data {
			if data[i], err = jsonable(value); err != nil {
				return nil, err
			}
		}
	case time.Time:
		return map[string]any{"timestamp": data.Format(time.RFC3339Nano)}, nil
	}
	return data, nil
}

const filenameAnnotation = "postrenderer.helm.sh/postrender-filename"

var separator = regexp.MustCompile(`(?m)^---[ \t]*`)

// readH4 does what Helm 4 does with a post-renderer's output: splitAndDeannotate in
// pkg/action/action.go, SplitManifests in pkg/release/v1/util/manifest.go, then the stream that
// renderResources prints for the cluster. Files keep the order of the stream here; Helm sorts them.
func readH4(text string) (json.RawMessage, error) {
	manifests, err := kio.ParseAll(text)
	if err != nil {
		return nil, err
	}
	var names []string
	files := map[string][]*kyaml.RNode{}
	for i, manifest := range manifests {
		meta, err := manifest.GetMeta()
		if err != nil {
			return nil, err
		}
		name := meta.Annotations[filenameAnnotation]
		if name == "" {
			name = fmt.Sprintf("generated-by-postrender-%d.yaml", i)
		}
		if err := manifest.PipeE(kyaml.ClearAnnotation(filenameAnnotation)); err != nil {
			return nil, err
		}
		if _, known := files[name]; !known {
			names = append(names, name)
		}
		files[name] = append(files[name], manifest)
	}
	var printed strings.Builder
	for _, name := range names {
		content, err := kio.StringAll(files[name])
		if err != nil {
			return nil, err
		}
		for _, document := range separator.Split(content, -1) {
			if strings.TrimSpace(document) != "" {
				fmt.Fprintf(&printed, "---\n# Source: %s\n%s\n", name, strings.TrimLeftFunc(document, unicode.IsSpace))
			}
		}
	}
	return readStream(printed.String())
}

// textOfH4 does what Helm 4 does before it runs a post-renderer: annotateAndMerge in
// pkg/action/action.go.
func textOfH4(text string) (json.RawMessage, error) {
	manifests, err := kio.ParseAll(text)
	if err != nil {
		return nil, err
	}
	for _, manifest := range manifests {
		if err := manifest.PipeE(kyaml.SetAnnotation(filenameAnnotation, "chart/templates/x.yaml")); err != nil {
			return nil, err
		}
	}
	merged, err := kio.StringAll(manifests)
	if err != nil {
		return nil, err
	}
	return json.Marshal(merged)
}
