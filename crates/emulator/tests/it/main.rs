//! The emulator, tested through the doors its users have.
