import Memory

/// When a changed value counts.
enum Effect {
    case atRestart
    /// When SIGHUP has it read again. Such a setting sizes nothing and keeps no text.
    case atReload
}

/// One line of the table of settings: it feeds the defaults, the checking, `help settings`
/// and, by a test, the README.
struct Setting {
    let key: StaticString
    let defaultValue: StaticString
    /// What a value looks like, for messages and help.
    let form: StaticString
    let summary: StaticString
    var takesEffect = Effect.atRestart
    /// Takes the value over; false if it is not of the form.
    let apply: (Bytes, inout Configuration) -> Bool

    /// An integer within a range.
    static func integer(
        _ key: StaticString, _ defaultValue: StaticString, _ range: ClosedRange<Int>,
        _ form: StaticString, _ summary: StaticString,
        _ set: @escaping (inout Configuration, Int) -> Void
    ) -> Setting {
        Setting(key: key, defaultValue: defaultValue, form: form, summary: summary) { text, into in
            guard let value = integerSetting(text), range.contains(value) else { return false }
            set(&into, value)
            return true
        }
    }

    /// One word of a few.
    static func word(
        _ key: StaticString, _ defaultValue: StaticString, _ form: StaticString,
        _ summary: StaticString, _ set: @escaping (inout Configuration, Bytes) -> Bool
    ) -> Setting {
        Setting(key: key, defaultValue: defaultValue, form: form, summary: summary) { text, into in
            set(&into, text)
        }
    }

    /// The path of a file, or nothing.
    static func file(
        _ key: StaticString, _ form: StaticString, _ summary: StaticString,
        _ set: @escaping (inout Configuration, Bytes) -> Void
    ) -> Setting {
        Setting(key: key, defaultValue: "", form: form, summary: summary) { text, into in
            set(&into, text)
            return text.count < 4_000
        }
    }

    /// Addresses to listen on, or none.
    static func addresses(
        _ key: StaticString, _ defaultValue: StaticString, _ summary: StaticString,
        _ set: @escaping (inout Configuration, [ListenAddress]) -> Void
    ) -> Setting {
        Setting(
            key: key, defaultValue: defaultValue,
            form: "ADDR:PORT (*:8080, 127.0.0.1:8080, [::1]:8080), comma-separated, or nothing",
            summary: summary
        ) { text, into in
            guard let addresses = ListenAddress.list(text) else { return false }
            set(&into, addresses)
            return true
        }
    }
}

// It is made once and never changed; the server has one thread.
extension Setting: @unchecked Sendable {}

extension [Setting] {
    /// The same settings, read again at SIGHUP.
    var atReload: [Setting] {
        map { setting in
            var setting = setting
            setting.takesEffect = .atReload
            return setting
        }
    }
}

private func integerSetting(_ text: Bytes) -> Int? {
    guard let value = decimalInteger(text) else { return nil }
    return Int(exactly: value)
}
