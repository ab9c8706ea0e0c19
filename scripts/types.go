//go:build ignore

// Prints as JSON what the Go sources of Kubernetes' API types say and its OpenAPI does not: enumerations (marked
// +enum), which field has which Go type, and whole packages of removed versions. Run by scripts/types with the
// folders of the packages as arguments.
package main

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
)

type field struct {
	Name     string   `json:"name"` // "" for an inlined struct
	Type     string   `json:"type"` // as Go writes it: []Container, map[string]string, v1.PodSpec
	Optional bool     `json:"optional"`
	Strategy string   `json:"strategy"` // patchStrategy
	MergeKey string   `json:"mergeKey"` // patchMergeKey
	MapKeys  []string `json:"mapKeys"`  // +listMapKey
}

type pkg struct {
	Path     string              `json:"path"`
	Group    string              `json:"group"`
	Imports  map[string]string   `json:"imports"`
	Structs  map[string][]field  `json:"structs"`
	Named    map[string]string   `json:"named"` // type Protocol string
	Enums    map[string][]string `json:"enums"`
	Kinds    []string            `json:"kinds"`   // +genclient
	Cluster  []string            `json:"cluster"` // +genclient:nonNamespaced
	Embedded map[string]bool     `json:"-"`
}

var mapKey = regexp.MustCompile(`\+listMapKey=(\S+)`)

func typeName(e ast.Expr) string {
	switch t := e.(type) {
	case *ast.Ident:
		return t.Name
	case *ast.StarExpr:
		return typeName(t.X)
	case *ast.SelectorExpr:
		return typeName(t.X) + "." + t.Sel.Name
	case *ast.ArrayType:
		return "[]" + typeName(t.Elt)
	case *ast.MapType:
		return "map[" + typeName(t.Key) + "]" + typeName(t.Value)
	}
	return "any"
}

func fields(s *ast.StructType) []field {
	found := []field{}
	for _, f := range s.Fields.List {
		if f.Tag == nil {
			continue
		}
		text, _ := strconv.Unquote(f.Tag.Value)
		tag := reflect.StructTag(text)
		name, options, _ := strings.Cut(tag.Get("json"), ",")
		if name == "-" || name == "" && len(f.Names) > 0 && options != "inline" {
			continue
		}
		doc := f.Doc.Text() + rawDoc(f.Doc)
		keys := []string{}
		for _, m := range mapKey.FindAllStringSubmatch(doc, -1) {
			keys = append(keys, m[1])
		}
		optional := strings.Contains(options, "omitempty") || strings.Contains(doc, "+optional")
		found = append(found, field{name, typeName(f.Type), optional, tag.Get("patchStrategy"), tag.Get("patchMergeKey"), keys})
	}
	return found
}

// rawDoc gives a comment with its markers, which Text leaves out.
func rawDoc(c *ast.CommentGroup) string {
	if c == nil {
		return ""
	}
	var lines []string
	for _, l := range c.List {
		lines = append(lines, strings.TrimPrefix(l.Text, "//"))
	}
	return strings.Join(lines, "\n")
}

// markersAbove gives the comment groups right above a declaration: +genclient often stands apart from the doc.
func markersAbove(file *ast.File, set *token.FileSet, pos token.Pos) string {
	line, text := set.Position(pos).Line, ""
	for i := len(file.Comments) - 1; i >= 0; i-- {
		c := file.Comments[i]
		if end := set.Position(c.End()).Line; end < line && line-end <= 2 {
			text += rawDoc(c) + "\n"
			line = set.Position(c.Pos()).Line
		}
	}
	return text
}

func read(folder, path string) *pkg {
	set := token.NewFileSet()
	p := &pkg{path, "", map[string]string{}, map[string][]field{}, map[string]string{}, map[string][]string{}, nil, nil, nil}
	marked, unread := map[string]bool{}, map[string]bool{}
	var consts []*ast.GenDecl
	files, _ := filepath.Glob(filepath.Join(folder, "*.go"))
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(set, name, nil, parser.ParseComments)
		if err != nil {
			panic(err)
		}
		for _, i := range file.Imports {
			full, _ := strconv.Unquote(i.Path.Value)
			short := filepath.Base(full)
			if i.Name != nil {
				short = i.Name.Name
			}
			p.Imports[short] = full
		}
		for _, d := range file.Decls {
			gen, ok := d.(*ast.GenDecl)
			if !ok {
				continue
			}
			if gen.Tok == token.CONST {
				consts = append(consts, gen)
			}
			for _, s := range gen.Specs {
				t, ok := s.(*ast.TypeSpec)
				if !ok {
					continue
				}
				above := markersAbove(file, set, gen.Pos())
				if s, ok := t.Type.(*ast.StructType); ok {
					p.Structs[t.Name.Name] = fields(s)
					if strings.Contains(above, "+genclient") {
						p.Kinds = append(p.Kinds, t.Name.Name)
					}
					if strings.Contains(above, "+genclient:nonNamespaced") {
						p.Cluster = append(p.Cluster, t.Name.Name)
					}
				} else {
					p.Named[t.Name.Name] = typeName(t.Type)
					if strings.Contains(above, "+enum") {
						marked[t.Name.Name] = true
					}
				}
			}
		}
	}
	for _, gen := range consts {
		for _, s := range gen.Specs {
			v := s.(*ast.ValueSpec)
			for i, n := range v.Names {
				if i >= len(v.Values) {
					continue
				}
				value, of := v.Values[i], v.Type
				if call, ok := value.(*ast.CallExpr); ok && len(call.Args) == 1 { // PathType("Exact")
					value, of = call.Args[0], call.Fun
				}
				lit, ok := value.(*ast.BasicLit)
				if !ok || lit.Kind != token.STRING {
					if of != nil {
						unread[typeName(of)] = true
					}
					continue
				}
				text, _ := strconv.Unquote(lit.Value)
				if n.Name == "GroupName" {
					p.Group = text
				}
				if of != nil && marked[typeName(of)] {
					p.Enums[typeName(of)] = append(p.Enums[typeName(of)], text)
				}
			}
		}
	}
	for name := range unread { // AddressType(v1.IPv4Protocol): an enumeration with a value less would be wrong
		delete(p.Enums, name)
	}
	return p
}

func main() {
	found := []*pkg{}
	for _, arg := range os.Args[1:] { // import path=folder
		path, folder, _ := strings.Cut(arg, "=")
		found = append(found, read(folder, path))
	}
	_ = json.NewEncoder(os.Stdout).Encode(found)
}
