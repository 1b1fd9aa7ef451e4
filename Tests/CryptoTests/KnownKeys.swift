// Keys made by OpenSSL for tests, and for nothing else, as the base64 of their DER (PKCS#8 where
// nothing else is said), and tokens that PyJWT signed with them.

enum KnownKeys {
    static let rsa = """
        MIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQCwNFb/kFKbloHZ
        x4TIHAl6rFB9eQ11OwlukaGT1IM8DzGk4GhrO9GtNGyevVIITXEicHkU5oIWwi5o
        /pukB/0g4+W7CZvv93WIW3NUwe7Ms9glKo/jtnupwuBN993wZOTnZiVl9S2nvup+
        glFlQPZHQspdzYRaxgQ3F9jgpvzuhoJHtpU5sZE02VwrghkiY/YaB6QJ8ztnKwAn
        1OPnYI5dEp01Vijg3jvQLFfpYkyYN+kI4eoSI9JzRQu9Odqn5T8ojGU6Q77LjwNi
        cAO+BIitlMNDRjZAE/RSaNi3qo0UeKCltcAVQy906U+WUUcwmEbOTDAVRAjg1qsg
        pB9AhgkxAgMBAAECggEAGyI0M26aCfOHU23x+I64tvdJ/chiVicdMLWkWAtlmh4M
        2wLjkX/Irg9gmqE0vKqQPWlse9dzOOX2F5z9gqjoReRSQBceuDk3FCRhAjBLAaLA
        Khj/x2UWbfHgcKE2wAoJZcjJAYZb3XT8zzZqKllyk06pswAu3XuYspMthoqwcFps
        BwwB7C1BPQC+vuj0cLuF+deRUr+mSANDgSf8RcVMr6ckZkD87VpUP9ppeZ4qxV05
        6YHNdY2BKolXH7VHAllQseG2Lf7X/k/AZgcLjG10zeiocKnBgfC284bdKPMj23Oq
        hHkr7E0vYrR31VIWTetaVwkkHLsXJ3Tvk4XJ5SZ5QQKBgQD4Ur1HqLbdfIFHMZh7
        DE2Wh9o5qHWJMXge5g7rO41Etg685gHEWDPJN105fyFkP9e+VWFp71w8MlN4MP25
        f9BlUhKakZl9VWodMG5pwciUDh5KSJPopfSyNAuBGSfjXPbC35D/GokJlfouUv0s
        FoinnPvI6FXEWXTlzxqyw60UnQKBgQC1ptf/VLqkCXeK/ZKtXWtVY8SfL6Vx43jA
        ePvqUeLZ6eLL+y3BNwEPNLIQ0VpDrU2d5dYqG84DBlV6j3i80M/gwgUahTovrPFJ
        FH5dhk38P74mWh7rL+6IH9cvpWcLKQ92rjSSkmQ2t5GdaaJYlyCPZ5ygQPCatfPo
        Nhsx9+rApQKBgFG8ylkAC9Ez3knU5V/7WL6n0QkRjj6ubd+d0mNTothvJMLA4uwC
        LGmbM7BtTEx3R0h7SilYhH+8AQWa+qlIjQwMy9rc+izrJJafDnj5NFCnpQjGgwkd
        N0JBJ1hDM4H/Y6oZdNzDmz/wgf0li/grIqgpYCdtcm3DFFtgpGUbS6lxAoGABkwi
        cNefINCzND5WN2xlrDApQNuGAMzCAuou0ZDFLIjPNAMhMvGVN9G72plnZ7E6X574
        Lb2JBtHRZM5UgTc7/a68Po8f1UdJlh7/wn5Fddk/3lSBfeXLfyybaStyxxBFWPfx
        GqO4la0Hf02KM0gJ+O6+n0+hB7wHGKXHi5Psr4ECgYB/jw7AFqzQUadkzCogx7hW
        ND5/WtP4zTHr0ifXpgW65WAymZh1UdpZHjnqBryyqnlyt2w8lo8/KbADmxlHkc2v
        kRmnSj7rOIhETuXyppokgFLoy6LQ2ngF+1juiNehOydh2AlAAvFNgahoiFee/9bL
        vFxNUoQ0d18FMO5w+sNhMw==
        """
    static let p256 = """
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg7A2anG3/jeRRddOt
        3jxYtzbofGk4SrGHUu5TDVk7VoihRANCAATjA3UDAdIkBgaMLL1U6iCTQOMkVClj
        Wu+WImxTCd4c7GjbKYaWz4HO1F3kORVrPdQmEoxsHZAJnqE4PTMOTwdJ
        """
    /// The same key as `p256`.
    static let p256InSEC1 = """
        MHcCAQEEIOwNmpxt/43kUXXTrd48WLc26HxpOEqxh1LuUw1ZO1aIoAoGCCqGSM49
        AwEHoUQDQgAE4wN1AwHSJAYGjCy9VOogk0DjJFQpY1rvliJsUwneHOxo2ymGls+B
        ztRd5DkVaz3UJhKMbB2QCZ6hOD0zDk8HSQ==
        """
    /// P-256, with a password, PBES2.
    static let encrypted = """
        MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgBpkElh5suDQICCAAw
        DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEIurWNITk52qDInI/OJyAVsEgZBg
        tpyyCRrgceTdKstyQ3HiC25lcoLL2w15xFv8nlf8R3gl/JJ+SCgtpEfC4Q/XLSN8
        l2u7H8+Tq+KnEFuuh7usOhrcMJpbMl1zqcZf0ST++2AmHqHK+FO7F9EY5kx5++95
        lKSTkyUfjyHLO+ynFnLIrtGzAVoNRa2WEsH4lNy4L1BCI1PWFa7EWZfTHBsfDo4=
        """
    /// 1024 bits.
    static let shortRSA = """
        MIICeAIBADANBgkqhkiG9w0BAQEFAASCAmIwggJeAgEAAoGBAK8e9Nv+GexG+lq5
        yKw45il1l0wB0oU6FsMRP3SV5V5UODn0V32eLnBpSvMOAgLFNOZJJSejQvl5+8V0
        q8p+brrmDnvmfpB7AeHPvpHSlYaQuRzpMkssjo9DRZk0dKZPABWx7RpfwYVuyQlD
        UmgqRUhBUCUrcyx145chlUiQlHuRAgMBAAECgYAOeNhzdcReql72MHRNB0a+FmGy
        flQPfoVzCXHdCKYz7XHYGEFCuFfOImV3QKkZ4YJFpbXUWMGoLFSKNOIdkeVEmcII
        h8tJ6Y8GHZa1Iq/MGF9jm18FByXPCjwZwHZoJdAzbXYK1l3PHgFHWN3j5OfL9BCy
        SnNUfGfQYQqcDvs/oQJBAN+ypruj+TiipowxCUo8vq78wplif0BhPl7S4qOM1JUm
        oNzj8T5ANwAR6ZuKGpggF6qoUmfUt+otN9i8WCxtRAcCQQDIaJTMI32x4PLSQulF
        Lt1te4DAX3hwxQkLP3nZH2B2hjUJhxEZiJwmGA1nQFN9LFV2rA9+6P+2nfH2RZoZ
        sU2nAkEAyEW3xLKPQ8dK+KRGPvKXfS7KQmzOpKLrJhYD1o0VHduRlXF14Fe5ZhSj
        Yx+Ho77HsYA1FsR5S+zj3OTyxAOnLQJBAMfxlyrH6frTDE/8k9EDPcWiJ0VGutn/
        qtM/BCk8Jbh6k2WrDMNlySw0aQLvaZyD48xfQ6KBgcZHdIUY0fL6MxcCQQCfjpDi
        OjQ85j/0epCJklMRUxCpqVM8lDLZCEKPI6QeAHDxCNQ7+AFK4xBt+/LIWgVr9+ms
        o6QQH57Zi0OtNBaj
        """
    /// Another curve.
    static let p384 = """
        MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDDd4TxDMv7V4ufCzRZS
        2RHoM4x09xqXGaoYBZhR6MDhnKFGYWauK1Wjrs2/S5GKf/ShZANiAASyt5ZAnvDy
        dS/vUMHLD8xVTe+vADLSvM6Z5CUT2kdISIDEy4WBCJCBHzHEEXfJRznwQ/iwlsGA
        TN4CuQKoo7BDDPDmUgZDhSNehIS2qWmo16weO6hB/1h1uvlt5GurFxQ=
        """
    /// Another curve of 256 bits.
    static let secp256k1 = """
        MIGEAgEAMBAGByqGSM49AgEGBSuBBAAKBG0wawIBAQQg4H4Qt7Tai70s5DiJPijA
        6sR9jcoNfkiNL4Ttz8rXDh+hRANCAASYwLk89qT0Knvh2Og9mYvNuTx7K2Ok843v
        HDBqcRx/Gl0AACTG7zJj0QjOuLdpcuwy6lIDfnfe6UAZ1Ix0PM9j
        """
    /// Another kind.
    static let ed25519 = """
        MC4CAQAwBQYDK2VwBCIEID0EkZQZAQOp3LEwZZAXa/yiHjBc/WFcxHTFWIpHPiyF
        """
    /// The public half of `rsa`, as SubjectPublicKeyInfo.
    static let publicRSA = """
        MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAsDRW/5BSm5aB2ceEyBwJ
        eqxQfXkNdTsJbpGhk9SDPA8xpOBoazvRrTRsnr1SCE1xInB5FOaCFsIuaP6bpAf9
        IOPluwmb7/d1iFtzVMHuzLPYJSqP47Z7qcLgTffd8GTk52YlZfUtp77qfoJRZUD2
        R0LKXc2EWsYENxfY4Kb87oaCR7aVObGRNNlcK4IZImP2GgekCfM7ZysAJ9Tj52CO
        XRKdNVYo4N470CxX6WJMmDfpCOHqEiPSc0ULvTnap+U/KIxlOkO+y48DYnADvgSI
        rZTDQ0Y2QBP0UmjYt6qNFHigpbXAFUMvdOlPllFHMJhGzkwwFUQI4NarIKQfQIYJ
        MQIDAQAB
        """
    /// `id` 123, `iat` 1700000000, `exp` 2000000000, `run` 1000, `gen` 3.
    static let rs256 =
        "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhbGljZSIsImlkIjoxMjMsImV4cCI6MjAwMDAwMDA"
        + "wMCwiaXNzIjoiQ29uY29yZCIsImlhdCI6MTcwMDAwMDAwMCwicnVuIjoxMDAwLCJnZW4iOjN9.U_H74drVuX8BCI"
        + "ALID5Caq_QaME8Ox_KguriJM2YQbbF6BZk2HJ8LIOpUz_djGA12knt2p11slIn14h9HnCH1dtklevLeaGNxTWbbQ"
        + "Byn2m90rwwRqwTWwlYU1_G2FRtn75Ruq_LuOFurJS-p41oBmBcvnVCMd2VstAQc_vwYsP3l0o_on4soqpVmzoQuv"
        + "s4OeYb1Ih96rLpQUd3EZRg_RhqI_PBgKIILiK3ThilrJT58JNFMVyKSGN3svNQftFbN1HKwMEQGXv5XFlF7HJnVt"
        + "vLXMoN9_PRXCPRQzqirWbpwAdNvWDH8R88j6hxu8OMYsRv-8LiWBzODUiBpBliuQ"
    static let es256 =
        "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhbGljZSIsImlkIjoxMjMsImV4cCI6MjAwMDAwMDA"
        + "wMCwiaXNzIjoiQ29uY29yZCIsImlhdCI6MTcwMDAwMDAwMCwicnVuIjoxMDAwLCJnZW4iOjN9.hcEKH_A2bUuhN0"
        + "MuOljZGZRVBxN03P_034DHeAJdA67WTxKTdUfG-z1k9FVZzTzvh-iQ0DtzMcwgqpn_r1qGGg"
}
