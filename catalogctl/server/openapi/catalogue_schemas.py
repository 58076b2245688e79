"""The records of the catalogue and of its sources as JSON Schema."""

from catalogctl.server.openapi.schemas import (
    FLAG,
    FREE,
    NUMBER,
    ROLE,
    TEXT,
    TIME,
    WHOLE,
    Schema,
    listed,
    nullable,
    record,
    ref,
)

CATALOGUE_SCHEMAS: dict[str, Schema] = {
    "Datasource": record(
        {
            "id": WHOLE,
            "name": TEXT,
            "type": TEXT,
            "path": TEXT,
            "description": nullable(TEXT),
            "created_at": TIME,
            "updated_at": TIME,
            "tables": listed(ref("Table")),
        }
    ),
    "Table": record(
        {
            "id": WHOLE,
            "datasource_id": WHOLE,
            "name": TEXT,
            "is_view": FLAG,
            "comment": nullable(TEXT),
            "description": nullable(TEXT),
            "is_described_by_person": FLAG,
            "row_count": nullable(WHOLE),
            "row_count_is_estimate": FLAG,
            "is_enabled": FLAG,
            "foreign_keys": listed(ref("ForeignKey")),
            "inferred_keys": listed(ref("InferredKey")),
            "column_count": WHOLE,
            "role": nullable(ROLE),
            "synonyms": listed(TEXT),
            "created_at": TIME,
            "updated_at": TIME,
            "columns": listed(ref("Column")),
        }
    ),
    "ForeignKey": record({"columns": listed(TEXT), "referred_table": TEXT, "referred_columns": listed(TEXT)}),
    "InferredKey": record(
        {
            "table": TEXT,
            "column": TEXT,
            "referred_table": TEXT,
            "referred_column": TEXT,
            "share": {**NUMBER, "description": "How much of the column's distinct values is found there, 0 to 1."},
        }
    ),
    "Column": record(
        {
            "id": WHOLE,
            "table_id": WHOLE,
            "name": TEXT,
            "position": WHOLE,
            "data_type": TEXT,
            "is_nullable": FLAG,
            "default": nullable(TEXT),
            "is_primary_key": FLAG,
            "comment": nullable(TEXT),
            "description": nullable(TEXT),
            "is_described_by_person": FLAG,
            "sample_values": nullable(TEXT),
            "value_range": nullable(TEXT),
            "full_context": nullable(TEXT),
            "synonyms": listed(TEXT),
            "semantic_type": nullable(TEXT),
            "is_personal": nullable(FLAG),
            "personal_confidence": nullable(NUMBER),
            "created_at": TIME,
            "updated_at": TIME,
        },
        {
            "foreign_key": nullable(record({"table": TEXT, "column": nullable(TEXT)})),
            "profile": nullable(FREE),
        },
    ),
    "Source": record(
        {
            "id": WHOLE,
            "name": TEXT,
            "type": TEXT,
            "location": {**TEXT, "description": "Secrets are replaced by ***."},
            "created_at": TIME,
            "extracted_at": nullable(TIME),
        }
    ),
    "SourceCheck": record(
        {
            "status": {"type": "string", "enum": ["ok", "error"]},
            "message": TEXT,
            "tables": nullable(WHOLE),
            "seconds": NUMBER,
        }
    ),
}
