package steps

// Problem is something that a person should know: Text says what and where,
// Hint says what can be done. Key, where there is one, is the answer that it
// is about ("disk.layout").
type Problem struct {
	Key  string `json:"key,omitempty"`
	Text string `json:"text"`
	Hint string `json:"hint,omitempty"`
}

func (p Problem) String() string {
	if p.Hint == "" {
		return p.Text
	}
	return p.Text + " (" + p.Hint + ")"
}

// Error lets a Problem travel as an error.
func (p Problem) Error() string { return p.Text }
