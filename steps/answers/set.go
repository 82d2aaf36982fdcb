package answers

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"codeberg.org/mnemonix/mnemonix/steps"
)

// Set puts what was answered to the question of that key into the answers. It
// changes nothing and returns Faults when the values are not allowed there.
//
// The key is a path as in a fault ("host.name", "users.1.email"). Three kinds
// of places take their values in a form that a person types:
//
//   - disk.disks.ROLE: a by-id name, or id:, serial:, wwn: or path: and its value
//   - builders: a line each, HOST [SYSTEM [JOBS]]
//   - modules.NAME: true or false; a setting below it switches it on
//
// Setting users.N.name to nothing removes the last user. Afterwards the
// answers that the new one leaves a single choice are made to follow it; see
// follow.
func Set(answers *steps.Answers, key string, values []string) error {
	changed := clone(*answers)
	root, err := change(&changed, key, values)
	if err != nil {
		return Faults{{Key: key, Text: err.Error()}}
	}
	followed := clone(changed)
	follow(&followed)
	if slices.Equal(Get(followed, key), Get(changed, key)) {
		changed = followed // else the answer itself would be undone, and the rules say why
	}
	if err := caused(*answers, changed, root).err(); err != nil {
		return err
	}
	*answers = changed
	return nil
}

// caused are the faults of the answers that a change at the key is to blame
// for: those of the key itself, and those around it that were not there
// before. What is still missing elsewhere is asked elsewhere.
func caused(before, after steps.Answers, key string) Faults {
	var faults, old Faults
	for _, fault := range faultsOf(after) {
		switch {
		case fault.Key == key, below(fault.Key, key) && !isModule(key):
			faults = append(faults, fault)
		case fault.Key != "" && below(key, fault.Key):
			if old == nil {
				old = append(Faults{{}}, faultsOf(before)...)
			}
			if !slices.Contains(old, fault) {
				faults = append(faults, fault)
			}
		}
	}
	return faults
}

// isModule says whether the key is a module as a whole: it is switched on
// before its settings are asked.
func isModule(key string) bool {
	name, under := strings.CutPrefix(key, "modules.")
	return under && !strings.Contains(name, ".")
}

// Get returns the present answer to the question of that key, in the form
// that Set takes; nil when there is none.
func Get(answers steps.Answers, key string) []string {
	if role, isDisk := strings.CutPrefix(key, "disk.disks."); isDisk {
		for _, disk := range answers.Disk.Disks {
			if disk.Role == role {
				return matchText(disk.Match)
			}
		}
		return nil
	}
	if key == "builders" {
		var lines []string
		for _, builder := range answers.Builders {
			lines = append(lines, fmt.Sprintf("%s %s %d", builder.Host, builder.System, builder.MaxJobs))
		}
		return lines
	}
	value, err := lookup(reflect.ValueOf(&answers).Elem(), key, false)
	if err != nil {
		return nil
	}
	return texts(value)
}

// change puts the values in their place and returns the path of the key that
// was touched.
func change(answers *steps.Answers, key string, values []string) (string, error) {
	if role, isDisk := strings.CutPrefix(key, "disk.disks."); isDisk {
		return setDisk(answers, role, values)
	}
	if key == "builders" {
		return key, setBuilders(answers, values)
	}
	if len(values) == 0 || slices.Equal(values, []string{""}) {
		if removed, err := removeUser(answers, key); removed || err != nil {
			return "users", err
		}
	}
	value, err := lookup(reflect.ValueOf(answers).Elem(), key, true)
	if err != nil {
		return key, err
	}
	return key, assign(value, values)
}

// newModule is a module as it is proposed when somebody switches it on.
func newModule(pointer reflect.Type) reflect.Value {
	for _, proposal := range []any{
		&steps.TravelRouter{VPN: "none"},
		&steps.ArrStack{MediaDir: "/media", Prowlarr: true, Sonarr: true, Radarr: true, Jellyfin: true},
		&steps.Virtualization{Libvirt: true, Podman: true},
		&steps.WinTV{MediaDir: `D:\Media`},
	} {
		if value := reflect.ValueOf(proposal); value.Type() == pointer {
			return value
		}
	}
	return reflect.New(pointer.Elem())
}

var errUnknownKey = errors.New("is no known key")

// lookup walks to the value of a key. With create it makes the modules and
// the one new item of a list that the key leads through.
func lookup(value reflect.Value, key string, create bool) (reflect.Value, error) {
	for name := range strings.SplitSeq(key, ".") {
		if value.Kind() == reflect.Pointer {
			if value.IsNil() {
				if !create {
					return value, errUnknownKey
				}
				value.Set(newModule(value.Type()))
			}
			value = value.Elem()
		}
		var err error
		switch value.Kind() {
		case reflect.Struct:
			value, err = field(value, name)
		case reflect.Slice:
			value, err = item(value, name, create)
		default:
			err = errUnknownKey
		}
		if err != nil {
			return value, err
		}
	}
	return value, nil
}

// field is the member of a struct that YAML knows by that name.
func field(value reflect.Value, name string) (reflect.Value, error) {
	for i := range value.NumField() {
		tag, _, _ := strings.Cut(value.Type().Field(i).Tag.Get("yaml"), ",")
		if tag == name {
			return value.Field(i), nil
		}
	}
	return value, errUnknownKey
}

// item is the item of a list at that place, or a new one at its end.
func item(value reflect.Value, name string, create bool) (reflect.Value, error) {
	place, err := strconv.Atoi(name)
	switch {
	case err != nil || place < 0 || place > value.Len() || place == value.Len() && !create:
		return value, errUnknownKey
	case place == value.Len():
		value.Set(reflect.Append(value, reflect.Zero(value.Type().Elem())))
	}
	return value.Index(place), nil
}

// assign turns the values into what the place holds.
func assign(place reflect.Value, values []string) error {
	single := func() (string, error) {
		if len(values) != 1 {
			return "", fmt.Errorf("must be one value (there are %d)", len(values))
		}
		return values[0], nil
	}
	switch place.Kind() {
	case reflect.Slice:
		if place.Type().Elem().Kind() != reflect.String {
			return errUnknownKey
		}
		place.Set(reflect.ValueOf(slices.Clone(values)))
		return nil
	case reflect.String:
		if len(values) == 0 {
			place.SetString("")
			return nil
		}
		text, err := single()
		place.SetString(text)
		return err
	case reflect.Bool:
		text, err := single()
		if err != nil {
			return err
		}
		answer, err := yesOrNo(text)
		place.SetBool(answer)
		return err
	case reflect.Int, reflect.Uint64:
		text, err := single()
		if err != nil {
			return err
		}
		number, err := strconv.ParseInt(text, 10, 32)
		if err != nil || place.Kind() != reflect.Int {
			return errors.New("must be a whole number")
		}
		place.SetInt(number)
		return nil
	case reflect.Pointer:
		return assignPointer(place, values)
	}
	return errors.New("is a group of keys and cannot be set as a whole")
}

// assignPointer sets a yes or no that may be left open, or switches a module.
func assignPointer(place reflect.Value, values []string) error {
	if len(values) != 1 {
		return fmt.Errorf("must be true or false (there are %d values)", len(values))
	}
	answer, err := yesOrNo(values[0])
	if err != nil {
		return err
	}
	switch {
	case place.Type().Elem().Kind() == reflect.Bool:
		place.Set(reflect.ValueOf(&answer))
	case !answer:
		place.SetZero()
	case place.IsNil():
		place.Set(newModule(place.Type()))
	}
	return nil
}

func yesOrNo(text string) (bool, error) {
	switch text {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, fmt.Errorf("must be true or false (it is %q)", shorten(text))
}

// texts is a value in the form that assign takes.
func texts(value reflect.Value) []string {
	switch value.Kind() {
	case reflect.Slice:
		if value.Type().Elem().Kind() != reflect.String {
			return nil
		}
		return slices.Clone(value.Interface().([]string))
	case reflect.String:
		if value.Len() == 0 {
			return nil
		}
		return []string{value.String()}
	case reflect.Bool:
		return []string{strconv.FormatBool(value.Bool())}
	case reflect.Int:
		return []string{strconv.FormatInt(value.Int(), 10)}
	case reflect.Pointer:
		if value.Type().Elem().Kind() == reflect.Bool {
			if value.IsNil() {
				return nil
			}
			return texts(value.Elem())
		}
		return []string{strconv.FormatBool(!value.IsNil())}
	}
	return nil
}

// removeUser removes the last user when that is the one whose name is taken
// away.
func removeUser(answers *steps.Answers, key string) (removed bool, err error) {
	last := len(answers.Users) - 1
	switch key {
	case fmt.Sprintf("users.%d.name", last+1):
		return last >= 0, nil // it is not there
	case fmt.Sprintf("users.%d.name", last):
		if last == 0 {
			return false, nil // the first user has a name, and the schema says so
		}
		if answers.Users[last].Operator {
			return false, errors.New("is the operator, who cannot be removed")
		}
		answers.Users = answers.Users[:last]
		return true, nil
	}
	return false, nil
}
