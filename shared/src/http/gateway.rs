//! API Gateway v2 (HTTP API, payload format 2.0) events, as Lambda receives them.
