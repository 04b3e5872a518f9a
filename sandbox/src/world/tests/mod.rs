//! Stories and properties of the world, in virtual time.
