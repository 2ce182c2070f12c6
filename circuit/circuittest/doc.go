// Package circuittest helps tests of the circuits: random witnesses that
// satisfy them, the solver without a proof, circuits with one constraint group
// left out, spec/11's statements worked out without a circuit, and setups whose
// trapdoor is known. Only tests import it.
//
// THE INVARIANT: a drawn witness satisfies its circuit, and a System compiled
// without omissions has exactly the constraints that are proven and verified.
//
// All functions are safe for concurrent use as far as their *rapid.T is.
package circuittest
