// EventContracts
