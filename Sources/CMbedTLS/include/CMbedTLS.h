#pragma once
#include "Arena.h"
#include "Hashes.h"
#include "PrivateKeys.h"
#include "TLS.h"
