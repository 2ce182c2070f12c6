// Package simulated stands in for enclave hardware on a development machine.
// IT PROTECTS NOTHING: whoever runs it can read its memory. Its code is in
// builds with the tag "simulated" only, its evidence names a vendor of its own,
// and a chain takes it only if its genesis says allow_simulated.
//
// THE INVARIANT: evidence is signed over exactly the given report data by the
// root key that the genesis names, with the SHA-384 of the running binary as
// measurement; and Kind is registry.Simulated, which every status shows as
// SIMULATED.
package simulated
