import Declarations

/// A kind of thing that a session holds by name, as parameters and replies call it.
///
/// The cases are in an order in which each finds what it needs.
package enum Resource: String, Word { case data, distribution, model, trainer }
