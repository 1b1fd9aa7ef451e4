import Memory
import Model
import ServerCore
import Storage

/// All settings, in the order in which help shows them.
func settingsTable() -> [Setting] {
    addressSettings() + tlsSettings() + storageSettings() + poolSettings()
        + shareSettings().atReload + timeSettings().atReload + rateSettings().atReload + accountSettings().atReload
        + secretSettings() + limitSettings() + monitoringSettings().atReload
}

private func addressSettings() -> [Setting] {
    [
        .addresses(
            "listen", "*:8080", "for http and ws; * is every address, port 0 any free one"
        ) { $0.listen = $1 },
        .word(
            "listen_tls", "auto", "auto, or as for listen, or nothing",
            "for https and wss, if tls is not off; auto: port 8443 of the addresses in listen"
        ) { configuration, text in
            configuration.listensToTLSAsUsual = text == "auto"
            guard !configuration.listensToTLSAsUsual else { return true }
            guard let addresses = ListenAddress.list(text) else { return false }
            configuration.listenTLS = addresses
            return true
        },
        .word(
            "data", "data", "a folder", "where everything is kept; made if it is not there"
        ) { configuration, text in
            configuration.dataFolder = text
            return !text.isEmpty && text.count < 4_000
        },
        .word(
            "server_name", "Concord", "1 to 64 characters", "the community's name, at first start"
        ) { configuration, text in
            configuration.communityName = text
            return Limits().name.violation(in: text) == nil
        },
    ]
}

private func tlsSettings() -> [Setting] {
    [
        .word(
            "tls", "auto", "auto, files or off",
            "the certificate for https and wss: of an authority of the server's own, or your files"
        ) { configuration, text in
            switch text {
            case "auto": configuration.tls = .auto
            case "off": configuration.tls = .off
            case "files": configuration.tls = .files
            default: return false
            }
            return true
        },
        .file(
            "tls_certificate", "a file, with tls = files",
            "PEM: the server's certificate, then those between it and the authority's"
        ) { $0.tlsCertificateFile = $1 },
        .file(
            "tls_key", "a file, with tls = files",
            "PEM: its private key, RSA (2048 to 4096 bits), EC P-256 or P-384"
        ) { $0.tlsKeyFile = $1 },
        .word(
            "redirect_to_tls", "false", "true or false",
            "whether http is answered with the https address (308), but for /trust and monitoring"
        ) { configuration, text in
            switch text {
            case "true": configuration.redirectsToTLS = true
            case "false": configuration.redirectsToTLS = false
            default: return false
            }
            return true
        },
        .integer(
            "tls_connections", "256", 1...60_000, "1 to 60000", "peers over TLS at once"
        ) { $0.tlsConnections = $1 },
    ]
}

private func monitoringSettings() -> [Setting] {
    [
        .word(
            "metrics", "local", "off, local or open",
            "who may read /metrics: nobody, this machine, or everybody"
        ) { configuration, text in
            switch text {
            case "off": configuration.options.metrics = .off
            case "local": configuration.options.metrics = .local
            case "open": configuration.options.metrics = .open
            default: return false
            }
            return true
        }
    ]
}

private func storageSettings() -> [Setting] {
    [
        .word(
            "durability", "full", "full or relaxed",
            "full: nobody sees what a power cut could take back; relaxed: fewer syncs"
        ) { configuration, text in
            switch text {
            case "full": configuration.store.durability = .full
            case "relaxed": configuration.store.durability = .relaxed
            default: return false
            }
            return true
        },
        .integer(
            "database_memory", "8388608", 4 << 20...1 << 30, "bytes, 4 MiB to 1 GiB",
            "all that SQLite may ever allocate"
        ) { $0.store.heapBytesMax = $1 },
        .integer(
            "database_cache", "1048576", 128 << 10...1 << 29, "bytes, 128 KiB to 512 MiB",
            "the part of it that caches pages"
        ) { $0.store.pageCacheBytes = $1 },
        .integer(
            "event_retention", "10000", 100...10_000_000, "100 to 10000000",
            "events kept for clients that come back"
        ) { $0.store.eventRetention = $1 },
    ]
}

private func poolSettings() -> [Setting] {
    [
        .word(
            "profile", "small", "zero, small or large",
            "sets those below and the database's memory for 64, 256 or 4096 peers, unless they are set"
        ) { _, text in Profile(text) != nil },
        .integer(
            "connections", "256", 8...60_000, "8 to 60000", "peers at once"
        ) { $0.options.connections = $1 },
        .integer(
            "input_buffers", "64", 4...60_000, "4 to 60000",
            "requests and messages that are unfinished at once"
        ) { $0.options.inputBuffers = $1 },
        .integer(
            "output_buffers", "32", 4...60_000, "4 to 60000", "answers under way at once"
        ) { $0.options.outputBuffers = $1 },
        .integer(
            "ring_bytes", "1048576", 1 << 16...1 << 30, "a power of two, 64 KiB to 1 GiB",
            "the live stream: how far a slow reader may be behind"
        ) { $0.options.ringBytes = $1 },
        .integer(
            "login_queue", "16", 1...1_000, "1 to 1000", "logins that wait for their turn"
        ) { $0.options.loginQueue = $1 },
        .integer(
            "addresses", "1024", 16...1_000_000, "16 to 1000000",
            "peers' addresses that rate limits remember"
        ) { $0.options.addresses = $1 },
    ]
}

private func shareSettings() -> [Setting] {
    [
        .integer(
            "connections_per_address", "64", 0...60_000, "0 to 60000; 0 is no limit",
            "connections of one address"
        ) { $0.options.connectionsPerAddress = $1 },
        .integer(
            "connections_per_user", "32", 0...60_000, "0 to 60000; 0 is no limit",
            "WebSockets of one member; one more closes the oldest (4000)"
        ) { $0.options.connectionsPerUser = $1 },
    ]
}

private func timeSettings() -> [Setting] {
    func seconds(
        _ key: StaticString, _ defaultValue: StaticString, _ summary: StaticString,
        _ set: @escaping (inout Configuration, Milliseconds) -> Void
    ) -> Setting {
        .integer(key, defaultValue, 1...86_400, "seconds, 1 to 86400", summary) {
            set(&$0, Milliseconds($1) * 1_000)
        }
    }
    return [
        seconds("request_timeout", "15", "for a whole request to arrive") {
            $0.options.requestTimeout = $1
        },
        seconds("idle_timeout", "60", "for a connection without a request") {
            $0.options.idleTimeout = $1
        },
        seconds("write_timeout", "30", "for a peer to take one buffer of its answer") {
            $0.options.writeTimeout = $1
        },
        seconds("ping_interval", "30", "of a silent WebSocket, before it is pinged") {
            $0.options.pingInterval = $1
        },
        seconds("ping_timeout", "30", "for the pong, before the peer is given up") {
            $0.options.pingTimeout = $1
        },
    ]
}

private func rateSettings() -> [Setting] {
    func rate(
        _ key: StaticString, _ defaultValue: StaticString, per period: Milliseconds,
        _ summary: StaticString, _ set: @escaping (inout Configuration, Rate) -> Void
    ) -> Setting {
        .integer(key, defaultValue, 0...60_000, "0 to 60000; 0 is no limit", summary) {
            set(&$0, Rate($1, per: period))
        }
    }
    return [
        rate(
            "rate_messages_per_minute", "300", per: 60_000,
            "messages of one connection; four times as many of one address"
        ) { $0.options.messageRate = $1 },
        rate(
            "rate_changes_per_minute", "300", per: 60_000,
            "changes of one member, over all their connections"
        ) { $0.options.changeRate = $1 },
        rate(
            "rate_marks_per_minute", "600", per: 60_000,
            "typing notices and the like of one member"
        ) { $0.options.markRate = $1 },
        rate(
            "rate_searches_per_minute", "60", per: 60_000,
            "searches and long lists of one member"
        ) { $0.options.searchRate = $1 },
        rate("rate_logins_per_minute", "10", per: 60_000, "logins of one address") {
            $0.options.loginRate = $1
        },
        rate(
            "rate_registrations_per_hour", "20", per: 3_600_000, "registrations of one address"
        ) { $0.options.registrationRate = $1 },
        rate(
            "rate_connections_per_minute", "240", per: 60_000, "new connections of one address"
        ) { $0.options.connectionRate = $1 },
    ]
}

private func accountSettings() -> [Setting] {
    [
        .word(
            "registration", "open", "open, invite or closed", "who may make an account"
        ) { configuration, text in
            let all = ServerOptions.Registration.allCases
            guard let chosen = all.first(where: { text == $0.name }) else { return false }
            configuration.options.registration = chosen
            return true
        },
        .word(
            "password_change_requires_old", "true", "true or false",
            "whether a new password needs the old one"
        ) { configuration, text in
            switch text {
            case "true": configuration.options.passwordChangeRequiresOld = true
            case "false": configuration.options.passwordChangeRequiresOld = false
            default: return false
            }
            return true
        },
        .integer(
            "token_validity_days", "30", 1...3_650, "1 to 3650", "how long a login lasts"
        ) { $0.options.tokenValiditySeconds = Int64($1) * 86_400 },
    ]
}

private func secretSettings() -> [Setting] {
    [
        .file(
            "token_key", "a file, or nothing for a secret that the server makes",
            "the RSA or EC P-256 private key (PEM or DER) that signs tokens: RS256 or ES256"
        ) { $0.tokenKeyFile = $1 },
        .word(
            "password_rounds", "auto", "auto or 100000 to 10000000",
            "PBKDF2 rounds of a password's hash; auto: 600000, or what takes about 2 seconds here"
        ) { configuration, text in
            if text == "auto" {
                configuration.passwordRounds = nil
                return true
            }
            guard let rounds = decimalInteger(text), (100_000...10_000_000).contains(rounds)
            else { return false }
            configuration.passwordRounds = Int(rounds)
            return true
        },
    ]
}

private func limitSettings() -> [Setting] {
    func limit(
        _ key: StaticString, _ defaultValue: StaticString, _ range: ClosedRange<Int>,
        _ form: StaticString, _ summary: StaticString,
        _ set: @escaping (inout Limits, Int) -> Void
    ) -> Setting {
        .integer(key, defaultValue, range, form, summary) { set(&$0.options.limits, $1) }
    }
    return [
        limit("username_characters", "32", 1...64, "1 to 64", "the longest username") {
            $0.usernameScalarsMax = $1
        },
        limit("password_bytes_min", "8", 1...256, "1 to 256", "the shortest password") {
            $0.passwordBytesMin = $1
        },
        limit("password_bytes_max", "256", 8...4_096, "8 to 4096", "the longest password") {
            $0.passwordBytesMax = $1
        },
        limit("content_characters", "4000", 1...10_000, "1 to 10000", "the longest chat") {
            $0.contentScalarsMax = $1
        },
        limit("name_characters", "64", 8...256, "8 to 256", "the longest name of a channel") {
            $0.nameScalarsMax = $1
        },
        limit("description_characters", "512", 1...2_000, "1 to 2000", "the longest description") {
            $0.descriptionScalarsMax = $1
        },
        limit("reaction_bytes", "64", 1...256, "1 to 256", "the longest reaction") {
            $0.reactionBytesMax = $1
        },
        limit("nonce_bytes", "64", 1...256, "1 to 256", "the longest nonce") {
            $0.nonceBytesMax = $1
        },
        limit(
            "ws_message_bytes", "16384", 1_024...16 << 20, "bytes, 1 KiB to 16 MiB",
            "the longest WebSocket message; a larger one closes with 1009"
        ) { $0.messageBytesMax = $1 },
        limit(
            "request_head_bytes", "8192", 1_024...32 << 10, "bytes, 1 to 32 KiB",
            "the largest head of a request; a larger one is answered 431"
        ) { $0.headBytesMax = $1 },
        limit(
            "request_body_bytes", "65536", 1_024...16 << 20, "bytes, 1 KiB to 16 MiB",
            "the largest JSON body; a larger one is answered 413"
        ) { $0.bodyBytesMax = $1 },
        limit(
            "image_bytes", "2097152", 1_024...16 << 20, "bytes, 1 KiB to 16 MiB",
            "the largest avatar or icon; a larger one is answered 413"
        ) { $0.imageBytesMax = $1 },
        limit(
            "picture_pixels", "50000000", 1...1 << 28, "1 to 268435456",
            "the most pixels of a picture, width times height; one with more is answered 413"
        ) { $0.picturePixelsMax = $1 },
    ]
}
