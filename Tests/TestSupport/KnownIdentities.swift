/// Certificates for localhost with their keys, in PEM: made for these tests, good until 2126.
public struct KnownIdentity: Sendable {
    public let chain: String
    public let key: String

    public static let p256 = KnownIdentity(
        chain: """
            -----BEGIN CERTIFICATE-----
            MIIBlTCCATugAwIBAgIUI+U8lOALAMfGFe54FMks3iCcwnUwCgYIKoZIzj0EAwIw
            FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNTE4MTEzNVoYDzIxMjYxMTAx
            MTgxMTM1WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
            PQMBBwNCAATaT0WXzmn/u4VqmRQuveDiCbWVWviSbZY+J/RswH8ra5mpp+VzJhrD
            ufVSZKQi7zf3KxJGIOWg96aed0OIkWGNo2kwZzAdBgNVHQ4EFgQUM+VMCv36asSB
            DGva3mEyumyBvogwHwYDVR0jBBgwFoAUM+VMCv36asSBDGva3mEyumyBvogwDwYD
            VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
            SAAwRQIhAKRGX86vxOxJXopRsT2l0s2KNHTvNAJQksIgh6M5cJ4kAiAddRnDKD8H
            mL3ZnI0NVeOiKyKkply6u3Vi34Z578YmOQ==
            -----END CERTIFICATE-----

            """,
        key: """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg2YQ3GQHTozSfIqQn
            mBykgBivFQaQ/yFgqdaqvim49CWhRANCAATaT0WXzmn/u4VqmRQuveDiCbWVWviS
            bZY+J/RswH8ra5mpp+VzJhrDufVSZKQi7zf3KxJGIOWg96aed0OIkWGN
            -----END PRIVATE KEY-----

            """)

    public static let p384 = KnownIdentity(
        chain: """
            -----BEGIN CERTIFICATE-----
            MIIB0jCCAVigAwIBAgIUZcq9qlTlkNGICDiDPK7GtFkKWPgwCgYIKoZIzj0EAwIw
            FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNTE4MTEzNVoYDzIxMjYxMTAx
            MTgxMTM1WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwdjAQBgcqhkjOPQIBBgUrgQQA
            IgNiAARqja4Ei1NzAaqennbSJbsFIYygRbQxN8pZlEEoJogkYFQgsUkeEYviqz1y
            zf0KsbvY+RsL0u9cbfdUaWVXlzhpKPSR8hWY2jRwfuwS1m9jGxASyRwOCrdLZrq9
            TvyXS1CjaTBnMB0GA1UdDgQWBBQVaCL5E7JAW2Qz6lafsIDVny3VSzAfBgNVHSME
            GDAWgBQVaCL5E7JAW2Qz6lafsIDVny3VSzAPBgNVHRMBAf8EBTADAQH/MBQGA1Ud
            EQQNMAuCCWxvY2FsaG9zdDAKBggqhkjOPQQDAgNoADBlAjEA52ty7QHaCpda6S8Y
            SWf86ehK631hpdullR7A+1vhDEViQMXRpm/9Y7fttVecaAGpAjAt1qbO458lUrsV
            QQ4YmuOh8kKWJ2DG12WbH+4bXNj4GNNjl6V2zLHp+WenNQsu4oE=
            -----END CERTIFICATE-----

            """,
        key: """
            -----BEGIN PRIVATE KEY-----
            MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDBVXhLscXgv31h2RMHL
            TNS1bg46Cc42LPeSUdCQpJ1n2b1TsBKo81LVKxhI+1RNcumhZANiAARqja4Ei1Nz
            AaqennbSJbsFIYygRbQxN8pZlEEoJogkYFQgsUkeEYviqz1yzf0KsbvY+RsL0u9c
            bfdUaWVXlzhpKPSR8hWY2jRwfuwS1m9jGxASyRwOCrdLZrq9TvyXS1A=
            -----END PRIVATE KEY-----

            """)

    public static let rsa2048 = KnownIdentity(
        chain: """
            -----BEGIN CERTIFICATE-----
            MIIDITCCAgmgAwIBAgIUNPLKgwVi9ZDbI0d22Q5J4lPt710wDQYJKoZIhvcNAQEL
            BQAwFDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNTE4MTEzNloYDzIxMjYx
            MTAxMTgxMTM2WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwggEiMA0GCSqGSIb3DQEB
            AQUAA4IBDwAwggEKAoIBAQC1Ug/hAX2Stxh4Yn2JGgMxkyfksyRk10KLdHG2fEz5
            FE6H+71WPukSHFsoJh6KuoB9nq1aWY/NYllEXImLA3y2gL+5QCsU9mrFib3lZ/1y
            GkgjAZXCIKTl2OKAto0T3pFBAV4avUOi/jEG3GANvQpUvDLvgDyA1V1RV+t8NO63
            sNEKmwyPTSN/PgIgPVPduTp8YzsmFGWBQYTr0B8DdoZ0UCIKSkHfeYQ3hOUxLPMZ
            UBNv9ACu42VnYAq+RRAF51uCFIdYn5FR0NdrXvHeQRv+XAy15b97f/UFDG+mo2Xw
            95n6PTE60cP1+OvaCx2zfzBnxGiAub2mZJHNOAZi/92dAgMBAAGjaTBnMB0GA1Ud
            DgQWBBRMz7higZa+Y0IGCUIISOyn7ROqOzAfBgNVHSMEGDAWgBRMz7higZa+Y0IG
            CUIISOyn7ROqOzAPBgNVHRMBAf8EBTADAQH/MBQGA1UdEQQNMAuCCWxvY2FsaG9z
            dDANBgkqhkiG9w0BAQsFAAOCAQEAZcUXqrrpA+RH123rT0Uq58wMzVT2HgTaT2JU
            u575+qt7IWGViMa9ZBrZsLyHTxjhWwLFQSS657AK5gUyPMj+uTDtCOaGwH7hlEgF
            haPIIzC3RXM+E7qZeEJTHy/gwDKrZJ4V0RHjrSh/z7GE/VJcXpQbCxcsP+4oKKMg
            b5yiJRzXl991IQTgNCtRdicpTYVss+iotTxK/nyEtz3cNPlTqiapCbg1vdO0zSYf
            6QNUhwplJ4n9l1TtrWw2YVJTxJs62KJUxm6+7vzikenXo9xkVAqqhWKVTFf2cl55
            7t25SQptb2jnaRJHpimSaaYBVGJAdG+dq/Rup0H+eE4c4Xt1UQ==
            -----END CERTIFICATE-----

            """,
        key: """
            -----BEGIN PRIVATE KEY-----
            MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC1Ug/hAX2Stxh4
            Yn2JGgMxkyfksyRk10KLdHG2fEz5FE6H+71WPukSHFsoJh6KuoB9nq1aWY/NYllE
            XImLA3y2gL+5QCsU9mrFib3lZ/1yGkgjAZXCIKTl2OKAto0T3pFBAV4avUOi/jEG
            3GANvQpUvDLvgDyA1V1RV+t8NO63sNEKmwyPTSN/PgIgPVPduTp8YzsmFGWBQYTr
            0B8DdoZ0UCIKSkHfeYQ3hOUxLPMZUBNv9ACu42VnYAq+RRAF51uCFIdYn5FR0Ndr
            XvHeQRv+XAy15b97f/UFDG+mo2Xw95n6PTE60cP1+OvaCx2zfzBnxGiAub2mZJHN
            OAZi/92dAgMBAAECggEAOZy29efq1ey+ZjXpLGBrBlv7D4RKOo5ZEwVvQivxqyzk
            HPoEeXxowvvmjPW7u5mxzPhXnX8anYgz0/BRNa3oePaktIBqj/ESEO0IvPUTRyeJ
            pzHQO0vzCSMmKP6YCemsnoqIM5fSf14kBsmL7aGUwELCLm5BCzCAQ6HbbW5GMXAA
            ucKX+DZ6DZnfSs8fCylOV1stw6F4mPwdOFcFRpk1gzaHLYFR0Lt5P4cdELwulKAa
            EitHrMwPJ5pkj/8vtQOxEw0qfjEE6XetY+60osxHTmJR60ruWD0MGc9e/Dll7ndw
            EvGMofGNVTRx01eoUHEY+7oLHiWCL0wtNPqM1tzXYwKBgQDX+VNlUelVu1zxgDuJ
            o1CebsMZ66qtRxubZLV2H7o5zUmCdVN25CwvOcqsHUYEkX7JolNtwQZLZJBNQ2wt
            Mq+IqdbHHutxldzijQ++Ocuxz5bFGdRczkLop3ehoLsdwAkN+FiR033s4CvMd/4g
            /s9JMn9RI2k2k1SoL/KUaJg77wKBgQDW7KPzy7KK1KFg0kiXforwo4R3nntMBhZe
            zhd8i1yaZKz8BMH8sOV8ik8LYJzD+MVPzJ1l3YKSFSKDJaqiXb7xlqgvFiZYK0dE
            aG9qsz41SvJLwFL9WV8ZFD/D0Wue9NEVlSi0bqiSYl0YTe0NU2hHxy9IsnwGcmCx
            8KBRLenjMwKBgDgoY4/38ZVSR8OgFVsftSnNITwPNG0kDUClui2B6Hl5MMEUYuSK
            Rhbtjw6b+gXcEzy40bq7MzjNaFw+yNUj1dLSXr+eAZiiYDIkfdB31MhicxDDO536
            IBnA2fGUCrOcqH4Scm1QsfCzBZCALvtDZoDg+YwOiiAfxSaKeSgv3k3PAoGBAL5b
            rgM6wZJRLfYRihYUEH9+dM914QK+yYWCyC6ZSJW+4a/9jst+6mNaJRSQp4iziB9b
            vXUBsqosafr6m51fpsVXiPLbjW6+NksSrMw2obyV+vC5EUgvphkSZD/N9qI9eArD
            p9/XuxqcYJQsQO9yloQsmWasH0meeKJh27zLC8MdAoGAUKHjkAZ8H6dRraH7/HVO
            nuzkLuytVtuTB9TPhljQcAmDSFsJ4qNt/uRhYVTffj7Q70o80/VPITtmfmV1FzTF
            muCH/2t5wqbXnUuEKr39I3oTk0VfIWnNDB7PkIzi0+VU+gtSMA04/kxxOIj37kdF
            gBjl1mlWZXZWYhcM5kq0ctw=
            -----END PRIVATE KEY-----

            """)

    public static let otherP256 = KnownIdentity(
        chain: """
            -----BEGIN CERTIFICATE-----
            MIIBlDCCATugAwIBAgIUMxGC9+Y4SW8ukSKbH0A8PD+RS0kwCgYIKoZIzj0EAwIw
            FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNTE4MTEzNloYDzIxMjYxMTAx
            MTgxMTM2WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
            PQMBBwNCAATgFEioOo0bd84C3ZtwPlfx+hl2NcVdsCFVPjmyMt4EOT06g4rrqRNM
            OF3j1ivINVWdqERvHQqGWhVyCwtoTMNYo2kwZzAdBgNVHQ4EFgQUawpLHFya5ZFA
            UgDsYE/FBd2Qq3cwHwYDVR0jBBgwFoAUawpLHFya5ZFAUgDsYE/FBd2Qq3cwDwYD
            VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
            RwAwRAIgMr0e9k6p/3ExQSM62d9byAuQm6P90+8wM2jtEqiFpPYCIFw0muHjNvDL
            8tcj2tUTOWlwP5Wjbc3DQoQ9ilOSbQHu
            -----END CERTIFICATE-----

            """,
        key: """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgzlfq/VimceiFLXgN
            +ykV+2xxXxhuB2jA0WibLBTdIfOhRANCAATgFEioOo0bd84C3ZtwPlfx+hl2NcVd
            sCFVPjmyMt4EOT06g4rrqRNMOF3j1ivINVWdqERvHQqGWhVyCwtoTMNY
            -----END PRIVATE KEY-----

            """)

    public static let shortRSA = KnownIdentity(
        chain: """
            -----BEGIN CERTIFICATE-----
            MIICHDCCAYWgAwIBAgIUIZKwGSw8oWAwTzIx92DYwhihLqQwDQYJKoZIhvcNAQEL
            BQAwFDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNTE4MTEzNloYDzIxMjYx
            MTAxMTgxMTM2WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwgZ8wDQYJKoZIhvcNAQEB
            BQADgY0AMIGJAoGBAM4ou1NOE3ENosRKlChqbRIxaoAQGTLrP7b+uzm+3Oolb/Qs
            uYyTxPMXwpiBMM/6TLeyySPyXwLUn14RWPHe5S2QhASnjf8yHIigWJX5paGNCz1k
            /AOA1cXEmcAdgGq1lXEZoAJ/AuTRo/URwpUIAPJWrtylf/7ud2r3me+f3julAgMB
            AAGjaTBnMB0GA1UdDgQWBBRSGMmHSEwtiA8UIl/tT690x8hTMTAfBgNVHSMEGDAW
            gBRSGMmHSEwtiA8UIl/tT690x8hTMTAPBgNVHRMBAf8EBTADAQH/MBQGA1UdEQQN
            MAuCCWxvY2FsaG9zdDANBgkqhkiG9w0BAQsFAAOBgQCgXsvFq+4OleWdD/LPM454
            S0WElByZmbiVik8Q0R1dyceEzjP/1lGGiOW8PtQZM4xKAi2skH71sxo7SrSPqQra
            gUHRkK17fm5VamNEobcr+Egvq7GXWT6+QNtsDWQ+TmC++r5T0m7Q0BeKX5vf6gfr
            GA5cpmsVWUv9d9gZYLvu/Q==
            -----END CERTIFICATE-----

            """,
        key: """
            -----BEGIN PRIVATE KEY-----
            MIICdwIBADANBgkqhkiG9w0BAQEFAASCAmEwggJdAgEAAoGBAM4ou1NOE3ENosRK
            lChqbRIxaoAQGTLrP7b+uzm+3Oolb/QsuYyTxPMXwpiBMM/6TLeyySPyXwLUn14R
            WPHe5S2QhASnjf8yHIigWJX5paGNCz1k/AOA1cXEmcAdgGq1lXEZoAJ/AuTRo/UR
            wpUIAPJWrtylf/7ud2r3me+f3julAgMBAAECgYAUCb17cWFOYcbqUV1pOD71v7vc
            SrRIULlWrhfAmx6Z252wHBDE6y//eNW/QP9fl7KRQF1wkwRNICGFYSZGDCY2RObA
            0Xy/SmJg65ycUEAPgRHeSN2VqPZsJ92ktxDp3vRCGHY0xO23oIi7qtjtx8uzXs1G
            fzuhy6glGWfcy0NfgQJBAOcKfYLnwixB0IXTS+yJIfk23sCvydU/fqnxirPnY7aQ
            lyCpXWJryxA9HtVzbvyXy2vj8egtjCnXdzoUiEbTJrECQQDkbiArvW+dYLw0BNmm
            X/G/Vq+2Y0W0bNa5z6Z5XdUWZ0VTslsKAO853zuwG66n7Ne50Tbqkanaz6pf1/FP
            Owk1AkBS2lI0NYROdrOeqi1Z/7ttMZ4kH2YT0RdNPk9tQJdjiuqHTfUtLFa/1gtO
            pHyynITYhf/kMSFIh/o7m81bCLGhAkEAgbeHzU7l8xjbxy556mDRhzZS0d/N1Yd4
            6Eti3cjLGM3MMJs315ZwQwzheEBADlwQpRSJeur86aTDu2mFPtjngQJBAM1PdUbE
            MvFDCcDOg3zsPTPpCjwVXK5zlMiYKKjq/QoVzufh97oThVr4vP9WFFHEjWLwLNWT
            2ugf9NqEMQWyJVE=
            -----END PRIVATE KEY-----

            """)

    public static let p521 = KnownIdentity(
        chain: """
            -----BEGIN CERTIFICATE-----
            MIICHDCCAX6gAwIBAgIUd3XlKwi0LJgZs5pJV1eFSsw6WacwCgYIKoZIzj0EAwIw
            FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNTE4MTEzNloYDzIxMjYxMTAx
            MTgxMTM2WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwgZswEAYHKoZIzj0CAQYFK4EE
            ACMDgYYABAAPEi7ri/odLN/7H5zHy1/Rk+j3RIQQ46jGDp3ojm5ax5B8Jai+Udl1
            b3IZutVUNJgGIgrpIJGgCUFnrXTgt5+mVQDEmdNDVw9pdi6Fp5V6WeV4TYG0LUqo
            EsMk/OKV4MfqPDa3Ei6mKSPyo0WqdTq7IoAgx897xwIanBHyXuVZDKwy1KNpMGcw
            HQYDVR0OBBYEFKIofBB3POHG3oc+YZ3g20WuCsmxMB8GA1UdIwQYMBaAFKIofBB3
            POHG3oc+YZ3g20WuCsmxMA8GA1UdEwEB/wQFMAMBAf8wFAYDVR0RBA0wC4IJbG9j
            YWxob3N0MAoGCCqGSM49BAMCA4GLADCBhwJCAaIQ8ZzY/R5KdP41fI+WNBdLWbgA
            C2Q8Kmo+T1UMNdYeCFvrTtu1HmLYBp1Wi/fH6m6Va4iVlRm7e76VQyXzpF0PAkEr
            b2+8UH6yIio4hcem2MmPfm9Ov5zfeg5nSNEVyb6CFAyTzp9+N6VVSkkqL4nL7qb/
            SxQjN5vrNjdBx5NPUksbaQ==
            -----END CERTIFICATE-----

            """,
        key: """
            -----BEGIN PRIVATE KEY-----
            MIHuAgEAMBAGByqGSM49AgEGBSuBBAAjBIHWMIHTAgEBBEIAz6iSaUSmMPE/8owK
            hP3EQ5MVOWQu12eNzjkTjA3/eHmR7bPi0Hs4yxtsz9D8FSRuq34Nx9Oy292uc+Jn
            HCtH1CWhgYkDgYYABAAPEi7ri/odLN/7H5zHy1/Rk+j3RIQQ46jGDp3ojm5ax5B8
            Jai+Udl1b3IZutVUNJgGIgrpIJGgCUFnrXTgt5+mVQDEmdNDVw9pdi6Fp5V6WeV4
            TYG0LUqoEsMk/OKV4MfqPDa3Ei6mKSPyo0WqdTq7IoAgx897xwIanBHyXuVZDKwy
            1A==
            -----END PRIVATE KEY-----

            """)

    public static let secp256k1 = KnownIdentity(
        chain: """
            -----BEGIN CERTIFICATE-----
            MIIBkjCCATigAwIBAgIUD1cFPZPcatWT3RWMhsgeqDX2plswCgYIKoZIzj0EAwIw
            FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNTIxNDUzN1oYDzIxMjYxMTAx
            MjE0NTM3WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwVjAQBgcqhkjOPQIBBgUrgQQA
            CgNCAARVgAskUnF5Qno1PCvrleRW9oAjDAJZohQldpZZG8mwd2qTLUPtkZFDfWRq
            ENz8vqanFCh0bFB9lpFnu1iU4rg3o2kwZzAdBgNVHQ4EFgQUn+92yx6Nbpk8Oqtx
            UpvR9Vj2Q/QwHwYDVR0jBBgwFoAUn+92yx6Nbpk8OqtxUpvR9Vj2Q/QwDwYDVR0T
            AQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwIDSAAw
            RQIhAIhl7hZzCmEyC3Oc5TZy8mrJezLagIIT1qCL3CNqlsqsAiBmmf/kDjOWLQnN
            B3gwi6VV3+vRS79Cju4oXeqvWcD0Fg==
            -----END CERTIFICATE-----

            """,
        key: """
            -----BEGIN PRIVATE KEY-----
            MIGEAgEAMBAGByqGSM49AgEGBSuBBAAKBG0wawIBAQQgtMHlvRLquJur8PAwQuLJ
            yIKlMZKG8Q+cxUgNiMQkK1ihRANCAARVgAskUnF5Qno1PCvrleRW9oAjDAJZohQl
            dpZZG8mwd2qTLUPtkZFDfWRqENz8vqanFCh0bFB9lpFnu1iU4rg3
            -----END PRIVATE KEY-----

            """)

    public static let ed25519 = KnownIdentity(
        chain: """
            -----BEGIN CERTIFICATE-----
            MIIBVTCCAQegAwIBAgIUAWuxtmRc8L5G8+MHmqD+EyF6+dgwBQYDK2VwMBQxEjAQ
            BgNVBAMMCWxvY2FsaG9zdDAgFw0yNjExMjUxODExMzZaGA8yMTI2MTEwMTE4MTEz
            NlowFDESMBAGA1UEAwwJbG9jYWxob3N0MCowBQYDK2VwAyEAnZqVj+DZa4w7jlp7
            HIS9sIOnD0P6KFksTOiSHbAYMpyjaTBnMB0GA1UdDgQWBBRL8svYZREe/gl//Sbe
            d0vmgLWIYTAfBgNVHSMEGDAWgBRL8svYZREe/gl//Sbed0vmgLWIYTAPBgNVHRMB
            Af8EBTADAQH/MBQGA1UdEQQNMAuCCWxvY2FsaG9zdDAFBgMrZXADQQDTgvMMH/3P
            QXyMd0GhzuId3HK3tstdIAq0+Er3Y3gSZUEIl5vzqOLRewSHb0xCgwZWkemcDfkG
            K4Mm7fO98uYG
            -----END CERTIFICATE-----

            """,
        key: """
            -----BEGIN PRIVATE KEY-----
            MC4CAQAwBQYDK2VwBCIEIO/Fxlv/jHmslWJq1d34G0hD8/cR6exAjAwIby+F+EaB
            -----END PRIVATE KEY-----

            """)
}
