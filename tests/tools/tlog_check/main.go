// tlog_check verifies logs with nothing of ours: the Go project's sumdb/note and sumdb/tlog, from Debian.
//
//	tlog_check SEED DIR…
//	tlog_check receipt DIR FILE WITNESS…
//
// Each DIR holds checkpoint, vkey and tile/… (c2sp.org/tlog-tiles). All its hashes are read through a reader that
// authenticates tiles against the checkpoint. The directories are the same log at different sizes, smallest first.
// DIR@N: entries before N are deleted and proved by the hash that is left; their bundles must not be there.
// A receipt (c2sp.org/tlog-proof) is of an entry in DIR, its witnesses' keys are in the files WITNESS.
package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	height  = 8   // of a C2SP tile
	whole   = 600 // entries of a log of which each is proved
	sample  = 250 // entries, drawn, that are proved of a larger one
	between = 60  // sizes, drawn, between which a log is proved consistent
)

// tiles reads a directory. C2SP leaves the height out of a path and calls a level of entries by another name.
type tiles struct{ dir string }

func (t tiles) read(tile tlog.Tile) ([]byte, error) {
	path := strings.TrimPrefix(tile.Path(), fmt.Sprintf("tile/%d/", height))
	return os.ReadFile(filepath.Join(t.dir, "tile", strings.Replace(path, "data/", "entries/", 1)))
}

func (t tiles) Height() int                     { return height }
func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}
func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	all := make([][]byte, len(wanted))
	for i, tile := range wanted {
		data, err := t.read(tile)
		if err != nil {
			return nil, err
		}
		all[i] = data
	}
	return all, nil
}

// entry reads one entry out of its bundle.
func (t tiles) entry(size, index int64) ([]byte, error) {
	tile := tlog.Tile{H: height, L: -1, N: index >> height, W: 1 << height}
	if rest := size - tile.N<<height; rest < int64(tile.W) {
		tile.W = int(rest)
	}
	data, err := t.read(tile)
	if err != nil {
		return nil, err
	}
	for i := index & (1<<height - 1); ; i-- {
		if len(data) < 2 || len(data)-2 < int(binary.BigEndian.Uint16(data)) {
			return nil, errors.New("bundle cut off")
		}
		length := int(binary.BigEndian.Uint16(data))
		if i == 0 {
			return data[2 : 2+length], nil
		}
		data = data[2+length:]
	}
}

type log struct {
	tiles
	kept int64 // first entry that is
	tlog.Tree
	tlog.HashReader
}

func logVerifier(dir string) (note.Verifier, error) {
	vkey, err := os.ReadFile(filepath.Join(dir, "vkey"))
	if err != nil {
		return nil, err
	}
	return note.NewVerifier(strings.TrimSuffix(string(vkey), "\n"))
}

func parseCheckpoint(text, origin string) (tree tlog.Tree, err error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[0] != origin {
		return tree, fmt.Errorf("not a checkpoint of %s: %q", origin, text)
	}
	if tree.N, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return tree, err
	}
	tree.Hash, err = tlog.ParseHash(lines[2])
	return tree, err
}

// open believes a checkpoint by the key beside it.
func open(dir string) (*log, error) {
	verifier, err := logVerifier(dir)
	if err != nil {
		return nil, err
	}
	signed, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		return nil, err
	}
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return nil, err
	}
	tree, err := parseCheckpoint(opened.Text, verifier.Name())
	if err != nil {
		return nil, err
	}
	l := &log{tiles: tiles{dir}, Tree: tree}
	l.HashReader = tlog.TileHashReader(l.Tree, l.tiles)
	return l, nil
}

// root is the one that the log had at a size.
func (l *log) root(size int64) (tlog.Hash, error) {
	return tlog.TreeHash(size, l)
}

func (l *log) leaf(index int64) (hash tlog.Hash, err error) {
	entry, err := l.entry(l.N, index)
	if index >= l.kept {
		return tlog.RecordHash(entry), err
	}
	if !errors.Is(err, os.ErrNotExist) {
		return hash, fmt.Errorf("it is deleted, and yet there: %v", err)
	}
	hashes, err := l.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
	if err != nil {
		return hash, err
	}
	return hashes[0], nil
}

func (l *log) included(index int64) error {
	hash, err := l.leaf(index)
	if err != nil {
		return err
	}
	proof, err := tlog.ProveRecord(l.N, index, l)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(proof, l.N, l.Hash, index, hash)
}

func (l *log) consistent(old, size int64) error {
	oldRoot, err := l.root(old)
	if err != nil {
		return err
	}
	root, err := l.root(size)
	if err != nil {
		return err
	}
	proof, err := tlog.ProveTree(size, old, l)
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, size, root, old, oldRoot)
}

func (l *log) check(random *rand.Rand, earlier []*log) error {
	// Go knows no root of the empty tree; RFC 6962 does.
	if l.N == 0 {
		if l.Hash.String() != "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" {
			return errors.New("empty, with another root than SHA-256 of nothing")
		}
		return nil
	}
	if root, err := l.root(l.N); err != nil || root != l.Hash {
		return fmt.Errorf("root: %v %v", root, err)
	}
	indices := []int64{0, l.N - 1}
	for i := int64(0); l.N <= whole && i < l.N; i++ {
		indices = append(indices, i)
	}
	for i := 0; l.N > whole && i < sample; i++ {
		indices = append(indices, random.Int63n(l.N))
	}
	for _, index := range indices {
		if err := l.included(index); err != nil {
			return fmt.Errorf("entry %d: %w", index, err)
		}
	}
	for i := 0; i < between; i++ {
		size := 1 + random.Int63n(l.N)
		old := 1 + random.Int63n(size)
		if err := l.consistent(old, size); err != nil {
			return fmt.Errorf("sizes %d and %d: %w", old, size, err)
		}
	}
	for _, one := range earlier {
		if one.N == 0 {
			continue
		}
		proof, err := tlog.ProveTree(l.N, one.N, l)
		if err == nil {
			err = tlog.CheckTree(proof, l.N, l.Hash, one.N, one.Hash)
		}
		if err != nil {
			return fmt.Errorf("does not grow from %s: %w", one.dir, err)
		}
	}
	return nil
}

func run(args []string) error {
	if len(args) >= 4 && args[0] == "receipt" {
		return checkReceipt(args[1], args[2], args[3:])
	}
	if len(args) < 2 {
		return errors.New("usage: tlog_check SEED DIR… | receipt DIR FILE WITNESS…")
	}
	seed, err := strconv.ParseInt(args[0], 10, 64)
	if err != nil {
		return err
	}
	random := rand.New(rand.NewSource(seed))
	var earlier []*log
	for _, dir := range args[1:] {
		dir, kept, _ := strings.Cut(dir, "@")
		l, err := open(dir)
		if err == nil && kept != "" {
			l.kept, err = strconv.ParseInt(kept, 10, 64)
		}
		if err == nil {
			err = l.check(random, earlier)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", dir, err)
		}
		fmt.Printf("%s holds: %d entries\n", dir, l.N)
		earlier = append(earlier, l)
	}
	return nil
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "tlog_check:", err)
		os.Exit(1)
	}
}
