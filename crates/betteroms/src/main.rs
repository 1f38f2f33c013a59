//! BetterOMS: an order management system for Polymarket, for one operator.

fn main() -> std::process::ExitCode {
    betteroms::app::main()
}
