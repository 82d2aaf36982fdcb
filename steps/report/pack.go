package report

import (
	"archive/tar"
	"compress/gzip"
	"io"
	"path"
)

// folder is what the files of the bundle lie in.
const folder = "mnemonix-report"

// Pack writes the bundle as a tar archive, compressed by gzip. Neither says
// who made it, where, or when.
func (r Report) Pack(to io.Writer) error {
	packed := gzip.NewWriter(to)
	archive := tar.NewWriter(packed)
	for _, file := range r.Files {
		header := &tar.Header{Typeflag: tar.TypeReg, Name: path.Join(folder, file.Path), Mode: int64(file.Mode), Size: int64(len(file.Content))}
		if err := archive.WriteHeader(header); err != nil {
			return err
		}
		if _, err := io.WriteString(archive, file.Content); err != nil {
			return err
		}
	}
	if err := archive.Close(); err != nil {
		return err
	}
	return packed.Close()
}
