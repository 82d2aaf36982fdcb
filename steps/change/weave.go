package change

import "strings"

// weave puts what theirs says into the lines of ours, and keeps the comments
// of those: git calls two changes of neighbouring lines a conflict, and in a
// list of features every line is a neighbour. It gives up where a line goes
// that has a comment. Who calls it makes sure that the outcome says the same
// as theirs.
func weave(ours, theirs string) (string, bool) {
	a, b := strings.SplitAfter(ours, "\n"), strings.SplitAfter(theirs, "\n")
	// length[i][j] is how many lines the rests from i and j have in common.
	length := make([][]int, len(a)+1)
	for i := range length {
		length[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			length[i][j] = max(length[i+1][j], length[i][j+1])
			if bare(a[i]) == bare(b[j]) {
				length[i][j] = max(length[i][j], length[i+1][j+1]+1)
			}
		}
	}
	var text strings.Builder
	for i, j := 0, 0; i < len(a) || j < len(b); {
		switch {
		case i < len(a) && j < len(b) && bare(a[i]) == bare(b[j]) && length[i][j] == length[i+1][j+1]+1:
			text.WriteString(a[i])
			i, j = i+1, j+1
		case i < len(a) && (j == len(b) || length[i+1][j] >= length[i][j+1]):
			switch {
			case bare(a[i]) == "": // a comment of its own
				text.WriteString(a[i])
			case bare(a[i]) != strings.TrimRight(a[i], " \r\n"):
				return "", false
			}
			i++
		default:
			if bare(b[j]) != "" {
				text.WriteString(b[j])
			}
			j++
		}
	}
	return text.String(), true
}

// bare is a line without its comment. One in quotes may be cut short: then it
// is in the other file too.
func bare(line string) string {
	if trimmed := strings.TrimSpace(line); strings.HasPrefix(trimmed, "#") {
		return ""
	}
	line, _, _ = strings.Cut(line, " #")
	return strings.TrimRight(line, " \r\n")
}
