/// What the core asks of the machine for its figures alone, never for a decision.
public struct Gauges {
    /// A clock that never jumps, in microseconds.
    let microseconds: () -> Int64
    /// The resident set of the process, in bytes.
    let residentBytes: () -> Int

    public init(microseconds: @escaping () -> Int64, residentBytes: @escaping () -> Int) {
        self.microseconds = microseconds
        self.residentBytes = residentBytes
    }

    /// For where nobody reads them.
    public static var none: Gauges { Gauges(microseconds: { 0 }, residentBytes: { 0 }) }
}
