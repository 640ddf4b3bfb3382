"""A number store for the tests. EVERY VALUE IN IT IS INVENTED: it shows the shape of a store, not the world."""

from __future__ import annotations

from typing import Any

YEARS = list(range(2026, 2041))
Name = dict[str, str]

COUNTRY: dict[str, Name] = {
    "CA": {"en": "Canada", "ko": "캐나다", "fr": "Canada"},
    "KR": {"en": "Korea", "ko": "한국", "fr": "Corée"},
    "US": {"en": "United States", "ko": "미국", "fr": "États-Unis"},
    "CN": {"en": "China", "ko": "중국", "fr": "Chine"},
    "other": {"en": "Elsewhere", "ko": "그 외", "fr": "Ailleurs"},
}
STAGE: dict[str, Name] = {
    "mine": {"en": "Mining", "ko": "채굴", "fr": "Extraction"},
    "refine": {"en": "Refining", "ko": "정제", "fr": "Raffinage"},
    "pcam": {"en": "Precursor", "ko": "전구체", "fr": "Précurseur"},
    "cam": {"en": "Cathode", "ko": "양극재", "fr": "Cathode"},
    "anode": {"en": "Anode", "ko": "음극재", "fr": "Anode"},
    "cell": {"en": "Cells", "ko": "셀", "fr": "Cellules"},
    "vehicle": {"en": "Vehicles", "ko": "차량", "fr": "Véhicules"},
}
ITEM: dict[str, tuple[Name, str, str]] = {
    "spodumene": ({"en": "Spodumene concentrate", "ko": "스포듀민 정광", "fr": "Concentré de spodumène"}, "mine", "t"),
    "graphite_flake": ({"en": "Flake graphite", "ko": "인상흑연", "fr": "Graphite en paillettes"}, "mine", "t"),
    "lithium_hydroxide": ({"en": "Lithium hydroxide", "ko": "수산화리튬", "fr": "Hydroxyde de lithium"}, "refine", "t"),
    "nickel_sulphate": ({"en": "Nickel sulphate", "ko": "황산니켈", "fr": "Sulfate de nickel"}, "refine", "t"),
    "pcam_nmc811": ({"en": "NMC811 precursor", "ko": "NMC811 전구체", "fr": "Précurseur NMC811"}, "pcam", "t"),
    "cam_nmc811": ({"en": "NMC811 cathode", "ko": "NMC811 양극재", "fr": "Cathode NMC811"}, "cam", "t"),
    "anode_active": ({"en": "Anode material", "ko": "음극재", "fr": "Matière d’anode"}, "anode", "t"),
    "cell_nmc811": ({"en": "NMC811 cells", "ko": "NMC811 셀", "fr": "Cellules NMC811"}, "cell", "kWh"),
}
PLACES: dict[str, tuple[Name, float, float, str, str]] = {
    "windsor": ({"en": "Windsor", "ko": "윈저", "fr": "Windsor"}, 42.3, -83.0, "CA", "site"),
    "st-thomas": ({"en": "St. Thomas", "ko": "세인트토머스", "fr": "St. Thomas"}, 42.8, -81.2, "CA", "site"),
    "becancour": ({"en": "Bécancour", "ko": "베캉쿠르", "fr": "Bécancour"}, 46.3, -72.4, "CA", "site"),
    "timmins": ({"en": "Timmins", "ko": "티민스", "fr": "Timmins"}, 48.5, -81.3, "CA", "site"),
    "nemaska": ({"en": "Whabouchi", "ko": "와부시", "fr": "Whabouchi"}, 51.7, -75.9, "CA", "site"),
    "long-harbour": ({"en": "Long Harbour", "ko": "롱하버", "fr": "Long Harbour"}, 47.4, -53.8, "CA", "site"),
    "fort-saskatchewan": (
        {"en": "Fort Saskatchewan", "ko": "포트서스캐처원", "fr": "Fort Saskatchewan"},
        53.7,
        -113.2,
        "CA",
        "site",
    ),
    "vancouver": ({"en": "Vancouver", "ko": "밴쿠버", "fr": "Vancouver"}, 49.3, -123.1, "CA", "port"),
    "montreal": ({"en": "Montréal", "ko": "몬트리올", "fr": "Montréal"}, 45.5, -73.6, "CA", "port"),
    "detroit": ({"en": "Detroit", "ko": "디트로이트", "fr": "Détroit"}, 42.4, -83.1, "US", "market"),
    "commerce": (
        {"en": "Commerce (Georgia)", "ko": "조지아주 커머스", "fr": "Commerce (Géorgie)"},
        34.2,
        -83.5,
        "US",
        "site",
    ),
    "savannah": ({"en": "Savannah", "ko": "서배너", "fr": "Savannah"}, 32.1, -81.1, "US", "port"),
    "pohang": ({"en": "Pohang", "ko": "포항", "fr": "Pohang"}, 36.0, 129.4, "KR", "site"),
    "gwangyang": ({"en": "Gwangyang", "ko": "광양", "fr": "Gwangyang"}, 34.9, 127.7, "KR", "site"),
    "ochang": ({"en": "Ochang", "ko": "오창", "fr": "Ochang"}, 36.7, 127.4, "KR", "site"),
    "gunsan": ({"en": "Gunsan", "ko": "군산", "fr": "Gunsan"}, 35.97, 126.7, "KR", "site"),
    "ulsan": ({"en": "Ulsan", "ko": "울산", "fr": "Ulsan"}, 35.5, 129.3, "KR", "site"),
    "busan": ({"en": "Busan", "ko": "부산", "fr": "Busan"}, 35.1, 129.0, "KR", "port"),
    "china": ({"en": "China", "ko": "중국", "fr": "Chine"}, 31.0, 121.0, "CN", "nation"),
    "indonesia": ({"en": "Indonesia", "ko": "인도네시아", "fr": "Indonésie"}, -3.0, 122.0, "ID", "nation"),
    "australia": ({"en": "Australia", "ko": "호주", "fr": "Australie"}, -32.0, 116.0, "AU", "nation"),
    "chile": ({"en": "Chile", "ko": "칠레", "fr": "Chili"}, -23.0, -70.0, "CL", "nation"),
}
FLOWS: list[tuple[str, str, list[str], str, float]] = [
    ("nemaska", "becancour", [], "spodumene", 42.0),
    ("becancour", "gwangyang", ["vancouver", "busan"], "lithium_hydroxide", 18.0),
    ("long-harbour", "becancour", ["montreal"], "nickel_sulphate", 16.0),
    ("fort-saskatchewan", "pohang", ["vancouver", "busan"], "nickel_sulphate", 12.0),
    ("gwangyang", "st-thomas", ["busan", "vancouver"], "cam_nmc811", 28.0),
    ("pohang", "windsor", ["busan", "vancouver"], "cam_nmc811", 22.0),
    ("pohang", "commerce", ["busan", "savannah"], "cam_nmc811", 34.0),
    ("becancour", "windsor", [], "cam_nmc811", 26.0),
    ("windsor", "detroit", [], "cell_nmc811", 45.0),
    ("st-thomas", "detroit", [], "cell_nmc811", 30.0),
    ("commerce", "detroit", [], "cell_nmc811", 60.0),
    ("ochang", "detroit", ["busan", "vancouver"], "cell_nmc811", 9.0),
    ("gunsan", "pohang", [], "pcam_nmc811", 20.0),
    ("ulsan", "gwangyang", [], "nickel_sulphate", 14.0),
    ("indonesia", "gwangyang", ["busan"], "nickel_sulphate", 38.0),
    ("australia", "gwangyang", [], "spodumene", 31.0),
    ("china", "commerce", ["savannah"], "anode_active", 40.0),
    ("china", "windsor", ["vancouver"], "anode_active", 24.0),
    ("chile", "ulsan", ["busan"], "lithium_hydroxide", 11.0),
    ("timmins", "becancour", [], "graphite_flake", 8.0),
]
SPLIT = {"CA": 0.24, "KR": 0.28, "US": 0.2, "CN": 0.2, "other": 0.08}


def build() -> dict[str, Any]:
    """The whole store."""
    figures = _figures()
    return {
        "meta": _meta(),
        "figures": figures,
        "headlines": _headlines(),
        "share_by_year": _share(),
        "stages": _stages(figures),
        "sankey": _sankey(),
        "map": _map(),
        "capacity": _capacity(),
        "prices": _prices(figures),
        "bottlenecks": _bottlenecks(),
        "builds": _builds(),
        "promises": _promises(),
        "shortages": _shortages(),
        "coverage": {"stated": 412, "derived": 96, "assumed": 230, "unknown": 37},
        "limits": [
            {"key": "limit.law_left", "params": {}},
            {"key": "limit.unknown_capacity", "params": {"n": 37}},
            {"key": "limit.demand", "params": {}},
        ],
        "law": _law(),
        "sources": _sources(),
    }


def _meta() -> dict[str, Any]:
    return {
        "case": "test",
        "case_name": {
            "en": "Test data: North American battery demand to 2040",
            "ko": "시험 자료: 2040년까지의 북미 배터리 수요",
            "fr": "Données d’essai : la demande nord-américaine de batteries jusqu’en 2040",
        },
        "case_note": {
            "en": "Every number on this page is invented, to try the page itself.",
            "ko": "이 페이지의 모든 수치는 페이지를 시험하기 위한 가상의 값입니다.",
            "fr": "Tous les chiffres de cette page sont inventés, pour essayer la page elle-même.",
        },
        "as_of": "2026-11-23",
        "law": "2026-11-23",
        "years": YEARS,
        "money_year": 2025,
        "version": "0.1.0",
        "pack": "3f9c1a7be204",
        "status": "optimal",
        "solver": {"primal_infeasibility": 3.1e-9, "dual_infeasibility": 8.2e-8, "rows": 41873},
        "flags": ["test_data", "announcements_expected"],
        "regions": ["US", "CA"],
    }


def _leaf(en: str, ko: str, fr: str, value: float | None, unit: str, trust: str, source: str | None) -> dict[str, Any]:
    return {
        "label": {"en": en, "ko": ko, "fr": fr},
        "value": value,
        "unit": unit,
        "kind": "number",
        "confidence": trust,
        "source": source,
        "children": [],
    }


def _figure(value: float | None, unit: str, kind: str, en: str, ko: str, fr: str) -> dict[str, Any]:
    children = [
        _leaf(
            "Nameplate of the plant",
            "공장 명판 용량",
            "Capacité nominale de l’usine",
            49.5,
            "GWh/yr",
            "stated",
            "test-a",
        ),
        _leaf("Yield of the step", "공정 수율", "Rendement de l’étape", 0.93, "1", "derived", "test-b"),
        _leaf("Cost of capital", "자본 비용", "Coût du capital", None, "1", "assumed", None),
    ]
    top = _leaf(en, ko, fr, value, unit, "computed", None)
    return {
        "value": value,
        "unit": unit,
        "kind": kind,
        "confidence": "computed",
        "why": {**top, "kind": kind, "children": children},
    }


def _figures() -> dict[str, Any]:
    make = {
        "f.canada": (0.2437, "1", "share", "Share of Canada", "캐나다 비중", "Part du Canada"),
        "f.korea": (0.0621, "1", "share", "Share of Korea", "한국 비중", "Part de la Corée"),
        "f.krus": (
            0.3482,
            "1",
            "share",
            "Share of Korean-owned plants",
            "한국계 공장 비중",
            "Part des usines coréennes",
        ),
        "f.lioh": (4312.75, "USD/t", "money", "Worth of one tonne", "1톤의 가치", "Valeur d’une tonne"),
        "f.count": (7, "1", "number", "New plants", "신규 공장", "Nouvelles usines"),
        "f.capex": (5230.4, "MUSD", "money", "Investment", "투자비", "Investissement"),
        "f.size": (35.2e6, "kWh/yr", "number", "Size of the largest", "최대 규모", "Taille de la plus grande"),
        "f.promises": (4, "1", "number", "Promises", "약속", "Promesses"),
        "f.promised_share": (0.181, "1", "share", "Share carried", "담당 비중", "Part portée"),
        "f.expected": (0.62, "1", "share", "Expected share", "기대 비율", "Part attendue"),
        "f.short": (12.34, "GWh", "energy", "Demand not met", "미충족 수요", "Demande non satisfaite"),
        "f.served": (0.9915, "1", "share", "Demand served", "충족된 수요", "Demande servie"),
        "f.duties": (812.5, "MUSD", "money", "Duties paid", "관세 납부액", "Droits payés"),
        "f.credits": (2410.75, "MUSD", "money", "Credits earned", "세액공제 수령액", "Crédits perçus"),
        "f.bill.1": (-9120.5, "MUSD", "money", "Bill of the credit", "공제 합계", "Total du crédit"),
        "f.bill.1:earned": (9120.5, "MUSD", "money", "Earned by the credit", "공제 수령액", "Perçu par le crédit"),
        "f.bill.2": (4800.25, "MUSD", "money", "Bill of the duty", "관세 합계", "Total du droit"),
        "f.point": (19.27, "MUSD/yr", "money", "One more point", "1%p 추가", "Un point de plus"),
        "f.demand": (312.6, "GWh", "energy", "Demand", "수요", "Demande"),
    }
    return {fid: _figure(*args) for fid, args in make.items()}


def _headlines() -> list[dict[str, Any]]:
    lithium, place = ITEM["lithium_hydroxide"][0], {"name": PLACES["becancour"][0]}
    cells = {"name": {"en": "NMC811 cell plant", "ko": "NMC811 셀 공장", "fr": "usine de cellules NMC811"}}
    said: list[tuple[str, str, dict[str, Any], list[str]]] = [
        (
            "share",
            "say.share",
            {"year": 2030, "canada": "f.canada", "korea": "f.korea", "korean_owned_us": "f.krus"},
            ["f.canada", "f.korea", "f.krus", "f.demand"],
        ),
        (
            "binds",
            "say.binds",
            {"limit": {"name": lithium}, "place": place, "year": 2029, "value": "f.lioh"},
            ["f.lioh"],
        ),
        (
            "build",
            "say.build",
            {
                "count": "f.count",
                "year": 2035,
                "capex": "f.capex",
                "process": cells,
                "place": {"name": PLACES["st-thomas"][0]},
                "size": "f.size",
            },
            ["f.count"],
        ),
        (
            "promises",
            "say.promises",
            {
                "count": "f.promises",
                "share": "f.promised_share",
                "year": 2030,
                "facility": {"name": PLACES["windsor"][0]},
                "expected_share": "f.expected",
            },
            [],
        ),
        (
            "short",
            "say.short",
            {
                "year": 2031,
                "quantity": "f.short",
                "item": {"name": ITEM["cell_nmc811"][0]},
                "place": {"name": COUNTRY["US"]},
                "served": "f.served",
                "last": 2040,
            },
            ["f.short"],
        ),
    ]
    return [{"id": i, "sentence": {"key": key, "params": params}, "figures": fids} for i, key, params, fids in said]


def _share() -> list[dict[str, Any]]:
    rows = []
    for i, year in enumerate(YEARS):
        demand = 150.25 + 38.5 * i
        parts = [0.06 + 0.015 * i, 0.12 - 0.005 * i, 0.2 + 0.01 * i, 0.18, 0.0, 0.015 if year > 2030 else 0.0]
        parts[4] = 1 - sum(parts)
        names = ("canada", "korea", "korean_owned_us", "other_us", "other", "short")
        rows.append(
            {"year": year, "demand_gwh": demand, **{n: round(demand * p, 6) for n, p in zip(names, parts, strict=True)}}
        )
    return rows


def _stages(figures: dict[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for s, (stage, name) in enumerate(STAGE.items()):
        for year in YEARS:
            drift = 0.008 * (year - 2026) * (1 if s > 2 else -0.2)
            shares = {**SPLIT, "CA": SPLIT["CA"] + drift, "CN": SPLIT["CN"] - drift}
            for country, share in shares.items():
                fid = f"f.stage.{stage}.{country}.{year}"
                figures[fid] = _figure(
                    round(share, 4), "1", "share", *[f"{name[k]}, {COUNTRY[country][k]}" for k in ("en", "ko", "fr")]
                )
                rows.append(
                    {
                        "stage": stage,
                        "year": year,
                        "country": country,
                        "share": round(share, 4),
                        "fid": fid,
                    }
                )
    return rows


def _sankey() -> dict[str, Any]:
    chain = [
        ("mine", "refine"),
        ("refine", "pcam"),
        ("pcam", "cam"),
        ("cam", "cell"),
        ("anode", "cell"),
        ("cell", "vehicle"),
    ]
    items = {stage: item for item, (_, stage, _) in ITEM.items()}
    nodes = [
        {
            "id": f"{stage}-{country}",
            "stage": stage,
            "country": country,
            "name": {k: f"{STAGE[stage][k]} · {COUNTRY[country][k]}" for k in ("en", "ko", "fr")},
        }
        for stage in STAGE
        for country in COUNTRY
    ]
    links: dict[str, list[dict[str, Any]]] = {}
    for year in YEARS:
        size = 60 + 12 * (year - 2026)
        links[str(year)] = [
            {
                "source": f"{a}-{x}",
                "target": f"{b}-{y}",
                "item": items[a],
                "quantity": round(size * v * w * 1000, 3),
                "value": round(size * v * w, 4),
                "unit": "t",
            }
            for a, b in chain
            for x, v in SPLIT.items()
            for y, w in SPLIT.items()
            if v * w > 0.03
        ]
        links[str(year)].append(
            {
                "source": "vehicle-US",
                "target": "refine-US",
                "item": "recycling",
                "item_name": STAGE["refine"],
                "quantity": 800.5,
                "value": 2.5,
                "unit": "t",
            }
        )
    return {"years": YEARS, "nodes": nodes, "links": links}


def _map() -> dict[str, Any]:
    places = {
        pid: {"name": name, "lat": lat, "lon": lon, "country": country, "kind": kind}
        for pid, (name, lat, lon, country, kind) in PLACES.items()
    }
    flows = {
        str(year): [
            {
                "from": a,
                "to": b,
                "via": via,
                "item": item,
                "item_name": ITEM[item][0],
                "unit": ITEM[item][2],
                "quantity": round(size * (year - 2025) * 310.7, 2),
                "gwh_eq": round(size * (year - 2020) / 10, 3),
            }
            for a, b, via, item, size in FLOWS
        ]
        for year in YEARS
    }
    return {"places": places, "flows": flows}


def _capacity() -> list[dict[str, Any]]:
    rows = []
    for item, (name, stage, unit) in ITEM.items():
        scale = 2.5e6 if unit == "kWh" else 3000
        for country, share in {"CA": 1.0, "KR": 1.4, "US": 0.8}.items():
            for i, year in enumerate(YEARS):
                need = share * scale * (8 + 2.2 * i)
                rows.append(
                    {
                        "stage": stage,
                        "item": item,
                        "item_name": name,
                        "country": country,
                        "year": year,
                        "need": round(need, 2),
                        "expected": round(need * (0.7 + 0.04 * i if i < 9 else 1.05), 2),
                        "face_value": round(need * 1.3, 2),
                        "used": round(need * 0.68, 2),
                        "unit": unit,
                    }
                )
    return rows


def _prices(figures: dict[str, Any]) -> list[dict[str, Any]]:
    paths = []
    for n, (item, (name, _, unit)) in enumerate(ITEM.items()):
        for m, place in enumerate(("becancour", "pohang", "detroit")):
            base = 95.5 if unit == "kWh" else 3000.5 + 2100 * n
            values = [round(base * (1 + 0.1 * m + 0.05 * ((i * (n + 2)) % 5)), 3) for i in range(len(YEARS))]
            fid = f"f.price.{item}.{place}"
            figures[fid] = _figure(
                values[-1], f"USD/{unit}", "money", *[f"{name[k]}, {PLACES[place][0][k]}" for k in ("en", "ko", "fr")]
            )
            paths.append(
                {
                    "item": item,
                    "item_name": name,
                    "place": place,
                    "place_name": PLACES[place][0],
                    "unit": f"USD/{unit}",
                    "years": YEARS,
                    "values": values,
                    "degenerate": [i == 4 + m for i in range(len(YEARS))],
                    "fid": fid,
                }
            )
    return paths


def _bottlenecks() -> list[dict[str, Any]]:
    meaning = {
        "en": "One tonne more a year would save this much over the plan.",
        "ko": "연간 1톤이 늘면 계획 전체에서 이만큼 절감됩니다.",
        "fr": "Une tonne de plus par an ferait économiser autant sur tout le plan.",
    }
    first = {
        "kind": "capacity",
        "name": ITEM["lithium_hydroxide"][0],
        "place_name": PLACES["becancour"][0],
        "year": 2029,
        "value": 4312.75,
        "unit": "USD/t",
        "low": 0,
        "high": 5400.5,
        "fid": "f.lioh",
        "meaning": meaning,
    }
    second = {
        **first,
        "kind": "supply",
        "name": ITEM["anode_active"][0],
        "place_name": PLACES["china"][0],
        "year": 2031,
        "value": 1980.25,
        "low": None,
        "high": None,
        "fid": None,
    }
    return [first, second]


def _builds() -> list[dict[str, Any]]:
    cells = {"en": "NMC811 cell plant", "ko": "NMC811 셀 공장", "fr": "Usine de cellules NMC811"}
    return [
        {
            "process_name": cells,
            "place_name": PLACES["st-thomas"][0],
            "country": "CA",
            "year": 2032,
            "size": 35.2e6,
            "unit": "kWh/yr",
            "capex_musd": 2816.0,
            "fid": "f.size",
        },
        {
            "process_name": ITEM["lithium_hydroxide"][0],
            "place_name": PLACES["becancour"][0],
            "country": "CA",
            "year": 2030,
            "size": 32000,
            "unit": "t/yr",
            "capex_musd": 1120.5,
            "fid": None,
        },
    ]


def _promises() -> list[dict[str, Any]]:
    rows = [
        ("windsor", "CA", "construction", 2026, 49.5e6, 0.62, 30.7e6, 2028, "stated", "test-a", None),
        ("st-thomas", "CA", "fid", 2027, 20e6, 0.41, 8.2e6, 2030, "derived", "test-b", None),
        ("commerce", "US", "commissioning", 2026, 35e6, 0.8, 28e6, 2027, "assumed", None, None),
        ("pohang", "KR", "mou", None, None, 0.1, 0, 2034, "assumed", None, None),
    ]
    keys = (
        "facility",
        "country",
        "state",
        "promised_year",
        "face_value",
        "expected_share",
        "used",
        "used_year",
        "confidence",
        "source",
        "fid",
    )
    return [{**dict(zip(keys, row, strict=True)), "name": PLACES[row[0]][0], "unit": "kWh/yr"} for row in rows]


def _shortages() -> list[dict[str, Any]]:
    return [
        {
            "item_name": ITEM["cell_nmc811"][0],
            "place_name": COUNTRY["US"],
            "segment": "storage",
            "first_year": 2031,
            "quantity": 12.34,
            "unit": "GWh",
            "share": 0.0123,
            "fid": "f.short",
        }
    ]


CREDIT = {"en": "Invented credit", "ko": "가상의 공제", "fr": "Crédit inventé"}
DUTY = {"en": "Invented duty", "ko": "가상의 관세", "fr": "Droit inventé"}


def _law() -> dict[str, Any]:
    day = {"en": "23 November 2026", "ko": "2026년 11월 23일", "fr": "23 novembre 2026"}
    whole = {"first": YEARS[0], "last": YEARS[-1]}
    return {
        "date": "2026-11-23",
        "known": "2026-11-23",
        "focus": 2030,
        "without": [],
        "years": YEARS,
        "sentences": [
            {
                "key": "say.law_date",
                "params": {"date": {"name": day}, "known": {"name": day}, "count": 2, "open": 1},
            },
            {"key": "say.law_bill", "params": {"year": 2030, "duties": "f.duties", "credits": "f.credits"}},
            {"key": "say.law_top_duty", "params": {"instrument": {"name": DUTY}, "total": "f.bill.2", **whole}},
            {
                "key": "say.law_top_credit",
                "params": {"instrument": {"name": CREDIT}, "total": "f.bill.1:earned", **whole},
            },
        ],
        "bills": [
            {
                "instrument": "invented-credit",
                "title": CREDIT,
                "kind": "credit",
                "values": [-620.5 - 7 * i if i < 7 else 0 for i in range(len(YEARS))],
                "total": -9120.5,
                "unit": "MUSD",
                "drawn": 1,
                "fid": "f.bill.1",
            },
            {
                "instrument": "invented-duty",
                "title": DUTY,
                "kind": "duty",
                "values": [320.25 + 9 * i for i in range(len(YEARS))],
                "total": 4800.25,
                "unit": "MUSD",
                "drawn": 2,
                "fid": "f.bill.2",
            },
            {
                "instrument": "invented-small",
                "title": DUTY,
                "kind": "duty",
                "values": [12.5] * len(YEARS),
                "total": 187.5,
                "unit": "MUSD",
                "drawn": 0,
                "fid": None,
            },
        ],
        "rules": [
            {
                "rule": "us-macr.cell",
                "instrument": "invented-credit",
                "title": CREDIT,
                "items": ITEM["cell_nmc811"][0],
                "place": "commerce",
                "place_name": PLACES["commerce"][0],
                "year": 2030,
                "least": 0.85,
                "kept": 0.85,
                "point_cost": 19.27,
                "unit": "MUSD/yr",
                "fid": "f.point",
            }
        ],
        "instruments": [
            {
                "instrument": name,
                "title": title,
                "jurisdiction": place,
                "kind": kind,
                "status": status,
                "applied": True,
                "since": since,
                "until": until,
                "citation": "Act <1>, s. 2 & 3",
                "source": "test-a",
                "confidence": trust,
                "values": 14,
                "unverified": open_,
            }
            for name, title, place, kind, status, since, until, trust, open_ in (
                ("invented-unknown", DUTY, "CN", "export control", "unknown", None, None, None, 0),
                ("invented-halted", DUTY, "KR", "import quota", "suspended", "2025-11-07", "2027-01-01", "derived", 3),
                ("invented-credit", CREDIT, "US", "credit", "in force", "2023-01-01", None, "stated", 0),
                ("invented-duty", DUTY, "US", "import duty", "in force", "2026-07-24", "2028-12-31", "assumed", 2),
            )
        ],
        "questions": [
            {
                "question": "invented-question",
                "title": {"en": "Will it go on?", "ko": "계속되는가?", "fr": "Cela continuera-t-il ?"},
                "instrument_title": DUTY,
                "first": "2027-01-01",
                "branch": branch,
                "branch_title": {"en": en, "ko": ko, "fr": fr},
                "taken": branch == "yes",
                "asked": False,
                "weight": weight,
                "source": "test-b",
                "confidence": "assumed",
            }
            for branch, weight, en, ko, fr in (("yes", 0.7, "yes", "예", "oui"), ("no", 0.3, "no", "아니요", "non"))
        ],
        "calendar": [
            {
                "date": day_,
                "kind": kind,
                "title": {"en": f"Invented {kind}", "ko": "가상의 일정", "fr": "Date inventée"},
                "instrument": "invented-duty",
                "instrument_title": DUTY,
                "parameter": "",
                "source": "test-a",
                "confidence": trust,
                "known": "2026-07-24",
            }
            for day_, kind, trust in (
                ("2026-12-31", "decided", "stated"),
                ("2027-01-01", "changes", "assumed"),
                ("2027-01-01", "question", "assumed"),
                ("2028-05-23", "sunset", "derived"),
            )
        ],
    }


def _sources() -> dict[str, Any]:
    base = {
        "publisher": "Test publisher",
        "date": "2026-02-18",
        "url": "https://example.org/a?b=1&c=2",
        "grade": "primary",
        "language": "en",
    }
    return {
        "test-a": {**base, "title": "An invented document <with marks> & signs"},
        "test-b": {**base, "title": "지어낸 문서", "url": None, "date": None, "grade": "press", "language": "ko"},
    }
