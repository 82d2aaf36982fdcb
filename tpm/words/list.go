package words

import (
	"slices"
	"strings"

	"github.com/tyler-smith/go-bip39/wordlists"
)

// list is the English list of BIP39: 2048 words in alphabetical order, of which
// no two share their first four letters.
var list = wordlists.English

// find gives the place of a word in the list, from 0.
func find(word []byte) (int, bool) {
	return slices.BinarySearchFunc(list, word, func(entry string, word []byte) int {
		switch { // the compiler compares a converted string in place, without a copy
		case entry < string(word):
			return -1
		case entry > string(word):
			return 1
		}
		return 0
	})
}

// Valid says whether a word, in lower case, is in the list.
func Valid(word string) bool {
	_, known := find([]byte(word))
	return known
}

// Complete gives the words that begin with a prefix, in the order of the list:
// one at most for a prefix of four letters or more, except that a word may be
// the beginning of others ("act", "action", "actor", "actress", "actual").
// An empty prefix gives none.
func Complete(prefix string) []string {
	prefix = strings.ToLower(prefix)
	if prefix == "" {
		return nil
	}
	first, _ := slices.BinarySearch(list, prefix)
	last := first
	for last < len(list) && strings.HasPrefix(list[last], prefix) {
		last++
	}
	return slices.Clone(list[first:last])
}

// Nearest gives the words of the list that take the fewest slips of the
// fingers to mistype as word: a letter wrong, missing, too much, or two
// neighbours swapped. The nearest come first, equally near ones in the order of
// the list; at most limit.
func Nearest(word string, limit int) []string {
	limit = min(max(limit, 0), len(list))
	typed := []rune(strings.ToLower(word))
	if len(typed) > 64 { // no word; comparing would only take time
		typed = typed[:64]
	}
	type neighbour struct {
		word     string
		distance int
	}
	neighbours := make([]neighbour, len(list))
	for i, entry := range list {
		neighbours[i] = neighbour{entry, distance(typed, entry)}
	}
	slices.SortStableFunc(neighbours, func(a, b neighbour) int { return a.distance - b.distance })
	nearest := make([]string, 0, limit)
	for _, n := range neighbours[:limit] {
		nearest = append(nearest, n.word)
	}
	return nearest
}

// distance is the optimal string alignment distance. entry is ASCII.
func distance(typed []rune, entry string) int {
	width := len(entry) + 1
	// Three rows are enough: swapped neighbours look two rows back.
	before, above, row := make([]int, width), make([]int, width), make([]int, width)
	for j := range above {
		above[j] = j
	}
	for i := 1; i <= len(typed); i++ {
		row[0] = i
		for j := 1; j < width; j++ {
			change := 1
			if typed[i-1] == rune(entry[j-1]) {
				change = 0
			}
			row[j] = min(above[j]+1, row[j-1]+1, above[j-1]+change)
			if i > 1 && j > 1 && typed[i-1] == rune(entry[j-2]) && typed[i-2] == rune(entry[j-1]) {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, above, row = above, row, before
	}
	return above[width-1]
}
