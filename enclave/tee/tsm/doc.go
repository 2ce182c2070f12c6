// Package tsm makes evidence on real hardware through the Linux kernel's
// configfs-tsm reports: Intel TDX and AMD SEV-SNP guests (spec/17-enclave.md,
// "Evidence").
//
// THE INVARIANT: evidence is what the kernel returned for exactly these report
// data, under the provider that the kernel named. Nothing is made up: a machine
// without the device gives tee.ErrNone, one of another vendor UnknownVendor.
package tsm
