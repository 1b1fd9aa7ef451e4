#pragma once
#include "Arena.h"
#include "Certificates.h"
#include "Hashes.h"
#include "PrivateKeys.h"
#include "SeededNumbers.h"
#include "TLS.h"
