#pragma once
#include "Hashes.h"
