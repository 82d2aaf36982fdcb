package answers

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// documentOf is the document that Write would write, without the detour over
// its text.
func documentOf(answers steps.Answers) *document {
	doc := &document{lines: map[string]int{}, broken: map[string]bool{}}
	doc.value = doc.plain(reflect.ValueOf(answers), "")
	return doc
}

// plain is a Go value as JSON knows it.
func (doc *document) plain(value reflect.Value, key string) any {
	switch value.Kind() {
	case reflect.Struct:
		members := map[string]any{}
		for i := range value.NumField() {
			name, options, _ := strings.Cut(value.Type().Field(i).Tag.Get("yaml"), ",")
			if options == "omitempty" && isEmpty(value.Field(i)) {
				continue
			}
			members[name] = doc.plain(value.Field(i), join(key, name))
		}
		return members
	case reflect.Slice:
		items := make([]any, value.Len())
		for i := range items {
			items[i] = doc.plain(value.Index(i), join(key, strconv.Itoa(i)))
		}
		return items
	case reflect.Pointer:
		return doc.plain(value.Elem(), key)
	case reflect.String:
		return doc.text(value.String(), 0, key)
	case reflect.Int:
		return json.Number(strconv.FormatInt(value.Int(), 10))
	case reflect.Uint64:
		return json.Number(strconv.FormatUint(value.Uint(), 10))
	}
	return value.Bool()
}

// isEmpty is what yaml.v3 leaves out for omitempty.
func isEmpty(value reflect.Value) bool {
	switch value.Kind() {
	case reflect.Slice:
		return value.Len() == 0
	case reflect.Struct:
		for i := range value.NumField() {
			if !isEmpty(value.Field(i)) {
				return false
			}
		}
		return true
	}
	return value.IsZero()
}

// clone is a deep copy.
func clone(answers steps.Answers) steps.Answers {
	copied := answers
	unshare(reflect.ValueOf(&copied).Elem())
	return copied
}

// unshare gives the value lists and pointers of its own.
func unshare(value reflect.Value) {
	switch value.Kind() {
	case reflect.Struct:
		for i := range value.NumField() {
			unshare(value.Field(i))
		}
	case reflect.Slice:
		if value.IsNil() {
			return
		}
		own := reflect.MakeSlice(value.Type(), value.Len(), value.Len())
		reflect.Copy(own, value)
		value.Set(own)
		for i := range value.Len() {
			unshare(value.Index(i))
		}
	case reflect.Pointer:
		if value.IsNil() {
			return
		}
		own := reflect.New(value.Type().Elem())
		own.Elem().Set(value.Elem())
		value.Set(own)
		unshare(own.Elem())
	}
}
