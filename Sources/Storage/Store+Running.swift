import Memory

/// How long the server has run in its life.
extension Store {
    private static let runningMark: StaticString = "running seconds"

    public func runningSeconds() throws(StorageError) -> Int64 {
        try mark(Self.runningMark) ?? 0
    }

    /// Keeps it with what else the turn changes. Where that is nothing, a failure is no error.
    public func keepRunningSeconds(_ seconds: Int64) throws(StorageError) {
        try maintain { () throws(StorageError) in
            let statement = markStatements.set
            statement.bind(1, text: Bytes(Self.runningMark))
            statement.bind(2, seconds)
            try change(statement)
        }
    }
}
