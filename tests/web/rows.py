"""Many rows around one world, written past the services: copies of its own rows, each in another state."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, insert, select

from portal.models import (
    Alumno,
    Aviso,
    Baja,
    Bitacora,
    Carta,
    Convenio,
    ConvenioDocumento,
    Correo,
    Dependencia,
    DependenciaUsuario,
    Documento,
    DossierDocumento,
    Entrega,
    EntregaHistoria,
    Firma,
    Lote,
    LoteServicio,
    Prerregistro,
    Proyecto,
    Servicio,
    Sesion,
    Solicitud,
    Tanda,
    TandaCarta,
    Tramite,
    Usuario,
)
from tenants.ids import new_id, new_public_id
from tests.web.world import World


class Rows:
    """Writes `count` more of each noun; what an alumno, a dependencia, a proyecto or a convenio has grows with it.

    Half of the copies that could hang from either keep the world's own parent, the other half get a new one, so that
    the lists grow and so do the children of the one thing that a page shows.
    """

    def __init__(self, connection: Connection, world: World) -> None:
        self.connection, self.world = connection, world
        self.written: dict[str, set[str]] = {}
        self.seed = {
            model: self._first(model, world.ids[noun])
            for model, noun in (
                (Alumno, "alumno"),
                (Convenio, "convenio"),
                (Proyecto, "proyecto"),
                (Solicitud, "solicitud"),
                (Servicio, "servicio"),
                (Entrega, "entrega"),
                (Baja, "baja"),
                (Tramite, "tramite"),
                (Carta, "carta"),
                (Firma, "firma"),
                (Documento, "documento"),
                (Lote, "lote"),
                (Tanda, "tanda"),
                (Aviso, "aviso"),
                (Correo, "correo"),
                (Dependencia, "dependencia"),
                (DossierDocumento, "dossier_documento"),
                (ConvenioDocumento, "convenio_documento"),
            )
        }

    def _first(self, model: Any, public_id: str) -> dict[str, Any]:
        table = model.__table__
        return dict(
            self.connection.execute(select(table).where(table.c.public_id == public_id)).one()._mapping
        )

    def _copies(self, model: Any, changes: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """One row per change: the world's row with another id, in the next state of its machine."""
        machine = getattr(model, "__machine__", None)
        states = sorted(machine.states) if machine else [""]
        rows = []
        for n, change in enumerate(changes):
            row = {**self.seed[model], "id": new_id(), "public_id": new_public_id()}
            if machine is not None:
                row["estado"] = states[n % len(states)]
            rows.append(row | change)
        return self._write(model, rows)

    def _write(self, model: Any, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        self.connection.execute(insert(model.__table__), rows)
        self.written.setdefault(model.__tablename__, set()).update(
            r["public_id"] for r in rows if "public_id" in r
        )
        return rows

    def add(self, start: int, count: int) -> None:
        """`count` more of everything; `start` is how many there are, so that names differ."""
        numbers = range(start, start + count)
        now = self.seed[Alumno]["creado"]
        accounts = self._write(
            Usuario,
            [
                {
                    "id": new_id(),
                    "public_id": new_public_id(),
                    "correo": f"fila{n}@ejemplo.test",
                    "nombre": "Fila de Prueba",
                    "activo": True,
                    "creado": now,
                }
                for n in numbers
            ],
        )
        alumnos = self._copies(
            Alumno,
            [
                {"boleta": f"31{n:08d}", "usuario_id": a["id"], "correo": a["correo"]}
                for n, a in zip(numbers, accounts, strict=True)
            ],
        )
        self._of_the_dependencia(numbers, accounts)
        self._of_the_alumno(numbers, alumnos)
        self._sesiones(numbers)

    def _of_the_dependencia(self, numbers: range, accounts: list[dict[str, Any]]) -> None:
        host, convenio = self.seed[Dependencia], self.seed[Convenio]
        others = self._copies(Dependencia, [{"rfc": f"FIL{n:06d}AB1"[:13]} for n in numbers])
        self._copies(
            Convenio,
            [{"dependencia_id": (host if n % 2 else d)["id"]} for n, d in zip(numbers, others, strict=True)],
        )
        papers = self._copies(DossierDocumento, [{"version": n + 2} for n in numbers])
        self._copies(
            ConvenioDocumento,
            [{"dossier_documento_id": p["id"], "convenio_id": convenio["id"]} for p in papers],
        )
        self._write(
            DependenciaUsuario,
            [
                {
                    "id": new_id(),
                    "dependencia_id": host["id"],
                    "usuario_id": a["id"],
                    "activo": True,
                    "creado": a["creado"],
                }
                for a in accounts
            ],
        )

    def _of_the_alumno(self, numbers: range, alumnos: list[dict[str, Any]]) -> None:
        alumno, proyecto = self.seed[Alumno]["id"], self.seed[Proyecto]["id"]
        proyectos = self._copies(Proyecto, [{} for _ in numbers])
        pairs = [
            (alumno, p["id"]) if n % 2 else (a["id"], proyecto)
            for n, a, p in zip(numbers, alumnos, proyectos, strict=True)
        ]
        self._copies(Solicitud, [{"alumno_id": a, "proyecto_id": p} for a, p in pairs])
        registered = [(a["id"], f"R{n}") for n, a in zip(numbers, alumnos, strict=True)]
        servicios = self._copies(Servicio, [{"alumno_id": a, "numero_registro": r} for a, r in registered])
        self._copies(Entrega, [{"servicio_id": s["id"], "alumno_id": s["alumno_id"]} for s in servicios])
        self._sent(numbers, servicios)
        self._copies(Aviso, [{"serie": new_id()} for _ in numbers])
        for model in (Baja, Tramite, Documento):
            self._copies(model, [{} for _ in numbers])
        folios = [
            {"numero": n + 10_000, "folio": f"FILA/{n}", "codigo": f"FILA-{n:04d}-0000"} for n in numbers
        ]
        cartas = self._copies(Carta, folios)
        self._copies(Firma, [{"carta_id": c["id"]} for c in cartas])
        self._tandas(numbers, cartas)
        self._copies(Correo, [{"message_id": f"<fila{n}@prueba.test>"} for n in numbers])
        self._history(numbers)

    def _sent(self, numbers: range, servicios: list[dict[str, Any]]) -> None:
        """Each came by a prerregistro and is in the world's one batch."""
        first, documento = self.seed[Servicio], self.seed[Documento]["id"]
        own = {"escuela_id": first["escuela_id"], "creado": first["creado"], "documento_id": documento}
        pairs = list(zip(numbers, servicios, strict=True))
        kept = {**own, "lista": "", "excepcion": ""}
        self._write(Prerregistro, [{**kept, "id": new_id(), "servicio_id": s["id"]} for _, s in pairs])
        lote = {**own, "lote_id": self.seed[Lote]["id"], "tipo": "prerregistro"}
        self._write(
            LoteServicio,
            [{**lote, "id": new_id(), "servicio_id": s["id"], "orden": n + 2} for n, s in pairs],
        )
        self._copies(Lote, [{"numero": n + 2} for n in numbers])

    def _tandas(self, numbers: range, cartas: list[dict[str, Any]]) -> None:
        """Each letter is in the world's one tanda, every third was not issued; there are as many tandas."""
        tanda = self.seed[Tanda]
        own = {"escuela_id": tanda["escuela_id"], "creado": tanda["creado"], "estado_desde": tanda["creado"]}
        own |= {
            "tanda_id": tanda["id"],
            "boleta": "",
            "motivo": "",
            "intentos": 0,
            "nombre": "Fila de Prueba",
        }
        states = ("hecha", "fallida", "pendiente")
        rows = [
            {**own, "id": new_id(), "public_id": new_public_id(), "orden": n + 2, "estado": states[n % 3],
             "carta_id": None if n % 3 else carta["id"]}
            for n, carta in zip(numbers, cartas, strict=True)
        ]  # fmt: skip
        self._write(TandaCarta, rows)
        self._copies(Tanda, [{"clave": f"fila{n}"} for n in numbers])

    def _history(self, numbers: range) -> None:
        alumno, entrega = self.seed[Alumno], self.seed[Entrega]
        own = {"escuela_id": alumno["escuela_id"], "creado": alumno["creado"]}
        own |= {"autor": "Persona de Prueba", "motivo": "", "accion": "enviar", "rol": "alumno"}
        sent = {"entrega_id": entrega["id"], "documento_id": entrega["documento_id"], "cifras": {"dias": 1}}
        self._write(EntregaHistoria, [{**own, **sent, "id": new_id()} for _ in numbers])
        nouns = (Entrega, Servicio, Convenio, Proyecto, Solicitud, Carta, Tramite)
        lines = [
            {"noun": m.__tablename__, "objeto_id": self.seed[m]["id"], "despues": self.seed[m]["estado"]}
            for _ in numbers
            for m in nouns
        ]
        kept = {**own, "alumno_id": alumno["id"], "antes": "", "anterior": "", "huella": ""}
        self._write(Bitacora, [{**kept, **line, "id": new_id(), "numero": new_id()} for line in lines])

    def _sesiones(self, numbers: range) -> None:
        now = self.seed[Alumno]["creado"]
        self._write(
            Sesion,
            [
                {
                    "id": new_id(),
                    "public_id": new_public_id(),
                    "usuario_id": usuario_id,
                    "token_hash": f"{n}-{who}",
                    "vista": now,
                    "creado": now,
                    "navegador": "",
                    "ip": "",
                }
                for n in numbers
                for who, usuario_id in self.world.people.items()
                if usuario_id
            ],
        )
