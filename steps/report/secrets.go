package report

import (
	"regexp"
	"strings"

	"codeberg.org/mnemonix/mnemonix/tpm/words"
)

// redacted stands where something was that could be a secret.
const redacted = "[redacted]"

// secretForms are those of secrets. None should ever be in a log; this is the
// last of several nets.
var secretForms = []*regexp.Regexp{
	regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----(?:[^-]|-[^-])*(?:-----END [A-Z ]*PRIVATE KEY-----)?`),
	regexp.MustCompile(`(?i)\bAGE-SECRET-KEY-[0-9A-Z-]+`),
	regexp.MustCompile(`(?i)\bAGE-PLUGIN-[A-Z]+-1[0-9A-Z]+`),
	regexp.MustCompile(`\$(?:y|gy|7|6|5|1|2[abxy]?|argon2id?|scrypt)\$[^\s"':,]+`), // crypt(5)
	regexp.MustCompile(`\b(?:[cbdefghijklnrtuv]{8}-){7}[cbdefghijklnrtuv]{8}\b`),   // systemd's recovery keys
	regexp.MustCompile(`(?i)\b(?:gh[pousr]_[A-Za-z0-9]{20,}|glpat-[A-Za-z0-9_-]{20,})`),
	regexp.MustCompile(`(?i)(?:access-tokens|extra-access-tokens) *= *[^\n]+`),
	regexp.MustCompile(`://[^\s/@:"']+:[^\s/@"']+@`), // a password in an address
}

// fewest is how many words of the list in a row are taken for words on paper.
const fewest = 12

func withoutSecrets(text string) string {
	for _, form := range secretForms {
		if form.MatchString(text) {
			text = form.ReplaceAllString(text, redacted)
		}
	}
	return withoutWords(text)
}

// withoutWords cuts out words of the list that stand in a row, whatever is
// between them.
func withoutWords(text string) string {
	var out strings.Builder
	from, count, begin := 0, 0, 0
	end := func(last int) {
		if count >= fewest {
			out.WriteString(text[from:begin])
			out.WriteString(redacted)
			from = last
		}
		count = 0
	}
	last := 0
	for at := 0; at < len(text); {
		if !latin(text[at]) {
			at++
			continue
		}
		start := at
		for at < len(text) && latin(text[at]) {
			at++
		}
		if at-start < 3 || at-start > 8 || !words.Valid(strings.ToLower(text[start:at])) {
			end(last)
			continue
		}
		if count == 0 {
			begin = start
		}
		count++
		last = at
	}
	end(last)
	if from == 0 {
		return text
	}
	return out.String() + text[from:]
}

func latin(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// colours are what terminals are told beside the text, as such and as JSON
// writes it.
var colours = regexp.MustCompile(`(?:\x1b|\\u001[bB])\[[0-9;?]*[A-Za-z]`)

// coloured stands where colours were: the word that was coloured begins there.
const coloured = "\x01"

func uncoloured(text string) string {
	if !strings.Contains(text, "\x1b") && !strings.Contains(text, `\u001`) {
		return text
	}
	return colours.ReplaceAllString(text, coloured)
}
